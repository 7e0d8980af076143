# SPDX-License-Identifier: GPL-2.0-or-later
# Reads the JSON of a report whose verdict is "ready" (one key a line, as json-c prints it) and names the blocker or
# danger check that did not pass, if there is one, or says that a function could not be read; exits 1 then.

/^ *"id":/ { id = $0; sub(/^ *"id":"/, "", id); sub(/",?$/, "", id) }
/^ *"result":"/ { result = $0; sub(/^ *"result":"/, "", result); sub(/",?$/, "", result) }
/^ *"severity":"(danger|blocker)"/ && result != "pass" && result != "na" { print id " is " result; bad = 1 }
/^ *"target":true/ { target = 1 }
/^ *"vendor_id":null/ { unread = 1 }
/^  "verdict":/ { seen = 1; if (!/"ready"/) { print "the JSON has another verdict"; bad = 1 } }
END { if (unread && !target) { print "a function could not be read"; bad = 1 } if (!seen) { print "the JSON is not complete"; bad = 1 } exit bad }
