/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Stands for commands/confine.c where coverage is counted: the counts are written when the program ends,
 * which a confined program may not do.
 */
#include "commands/confine.h"

void __wrap_confine_begin(const struct settings *settings);
void __wrap_confine_files(const struct settings *settings, const char *scratch);
void __wrap_confine_live(const struct settings *settings);

void __wrap_confine_begin(const struct settings *settings)
{
	(void)settings;
}

void __wrap_confine_files(const struct settings *settings, const char *scratch)
{
	(void)settings;
	(void)scratch;
}

void __wrap_confine_live(const struct settings *settings)
{
	(void)settings;
}
