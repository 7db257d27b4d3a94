/* SPDX-License-Identifier: MIT */
/*
 * main() for a fuzz target without a fuzzer: runs it once on each file named, as a TAP
 * test. So the corpus is replayed by "make check", under any compiler and the sanitizers.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include "common/cleanup.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static int replay(const char *path)
{
	autofile FILE *file = fopen(path, "re");
	autofree uint8_t *data = NULL;
	long size;

	if (!file || fseek(file, 0, SEEK_END) < 0 || (size = ftell(file)) < 0)
		return -1;
	rewind(file);
	/* Exactly as long as the input, so that a read behind its end is seen. */
	data = malloc(size ? (size_t)size : 1);
	if (!data || fread(data, 1, (size_t)size, file) != (size_t)size)
		return -1;
	LLVMFuzzerTestOneInput(data, (size_t)size);
	return 0;
}

int main(int argc, char **argv)
{
	int failed = 0;

	setenv("CT_AUDIT", "off", 1);
	printf("1..%d\n", argc - 1);
	for (int i = 1; i < argc; i++) {
		/* Before the run: when it crashes, the last line names the file. */
		printf("# %s\n", argv[i]);
		fflush(stdout);
		if (replay(argv[i]) < 0) {
			printf("not ok %d - cannot read %s\n", i, argv[i]);
			failed = 1;
		} else {
			printf("ok %d - %s\n", i, argv[i]);
		}
	}
	return failed;
}
