# SPDX-License-Identifier: GPL-2.0-or-later
# Replaces the texts of a JSON report (one key a line, as json-c prints it) that come from outside by one text that tries
# to break out of every format; with -v tame=1 by harmless words of the same meaning to a report: the same text
# everywhere. What is rendered from both must have the same structure.

BEGIN {
	hostile = "</script></style></title></code></pre><script>alert(1)</script><!-- ]]> --> &amp; &lt; " \
		"`code` ```` | pipe | **bold** __x__ [link](javascript:alert(1)) ![i](http://x/y.png) ~~s~~ $x$ " \
		"\\\"} 1\\nvfiokit_verdict{verdict=\\\"ready\\\"} 1\\n# HELP x y\\nnot ok 1 - x # SKIP all # TODO never\\n1..1\\n" \
		"Bail out! x\\n- [x] done\\n# heading\\n1. one\\n> quote\\n---\\n~~~\\n    code\\n\\t\\u0001\\u0007\\u001b[31m\\u007f\\u0085" \
		"\\u202e\\u2066\\ufeff\\uffff \\\\ \\\\n {{verdict}} {{{verdict}}} %s%n ' onload='x"
	tame = tame ? "harmless words" : ""
}

/^ *"(hostname|name|title|text|what|cause|because|command|cmdline|next_cmdline|source|kernel|driver|next_driver|class_name|version|port_type|until)":"/ {
	match($0, /^ *"[a-z_]*":/)
	comma = /,$/ ? "," : ""
	print substr($0, 1, RLENGTH) "\"" (tame ? tame : hostile) "\"" comma
	next
}

{ print }
