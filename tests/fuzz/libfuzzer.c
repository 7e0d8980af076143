/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The entry points that libFuzzer calls (llvm.org/docs/LibFuzzer.html). */
#include "tests/fuzz/fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t length);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t length)
{
	static const struct fuzz_target *target;

	if (!target)
		target = fuzz_target_named(getenv("FUZZ_TARGET"));
	if (!target) {
		(void)fputs("FUZZ_TARGET must name one of:\n", stderr);
		for (size_t i = 0; (target = fuzz_target_at(i)); i++)
			(void)fprintf(stderr, "%s\n", target->name);
		_exit(2);
	}
	fuzz_run(target, data, length);
	return 0;
}
