/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "command.h"

const struct command *const commands[] = {
	&command_preflight, &command_list,     &command_explain,  &command_capture,
	&command_configure, &command_rollback, &command_detach,   &command_attach,
	&command_report,    &command_rehearse, &command_handover,
};
const size_t command_count = ARRAY_SIZE(commands);
