/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Check host.transaction-cut-off: what configure began and did not end. */
#include "preflight/checks/check.h"

enum { CUT_OFF, CUT_OFF_DAMAGED };

static void say(struct finding *finding, unsigned variant, const struct open_transaction *open)
{
	finding_fail(finding, variant);
	finding_set(finding, "id", "%u", open->id);
	finding_evidence(finding, &open->origin);
}

static void transaction_cut_off(const struct facts *facts, const struct device *device,
				struct finding *finding)
{
	const struct transaction_facts *transactions = &facts->transactions;

	(void)device;
	if (transactions->known == NO)
		return;
	if (transactions->cut_off.id)
		say(finding, CUT_OFF, &transactions->cut_off);
	else if (transactions->damaged.id)
		say(finding, CUT_OFF_DAMAGED, &transactions->damaged);
	else if (transactions->known == YES)
		finding_pass(finding);
	else if (transactions->unread)
		finding_unknown(finding, transactions->unread);
}

static const struct check rows[] = {
	{
		.id = "host.transaction-cut-off",
		.severity = SEVERITY_BLOCKER,
		.scope = SCOPE_HOST,
		.by_hand = BY_HAND_TRANSACTION,
		.title = N_("a change of this host was begun and not ended"),
		.why = N_("configure keeps every file before it changes any, and writes down each "
			  "step. Where power or a kill ended it between two steps, some files are "
			  "changed and others are not; what such a host boots is not known."),
		.references = {"https://man7.org/linux/man-pages/man2/fsync.2.html"},
		.evaluate = transaction_cut_off,
		.variants =
			{
				[CUT_OFF] =
					{
						N_("transaction {id} was begun and not ended: some "
						   "files are changed, others are not"),
						N_("A power cut or a kill has ended vfiokit "
						   "between two steps, unless it is at work at "
						   "this moment. What the next boot would do is "
						   "not known."),
						{{OWNER_VFIOKIT,
						  N_("put everything back as it was before"),
						  "vfiokit rollback --apply"}},
					},
				[CUT_OFF_DAMAGED] =
					{
						N_("the journal of transaction {id} is damaged: "
						   "whether it came to its end is not known"),
						N_("Some files may be changed and others not. "
						   "vfiokit does nothing with a journal that it "
						   "cannot trust."),
						{{OWNER_USER,
						  N_("compare the files with what they held "
						     "before (old/ in the journal's folder), then "
						     "set the journal aside"),
						  "mv /var/lib/vfiokit/transactions/{id} "
						  "/root/vfiokit-transaction-{id}"}},
					},
			},
	},
};

const struct check_table checks_transactions = {rows, ARRAY_SIZE(rows)};
