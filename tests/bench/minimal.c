// SPDX-License-Identifier: MIT
/*
 * minimal N FILE... COMMAND [ARG...]: writes "0" to each of the N files, then becomes
 * COMMAND. The least a program can do that joins N containers: what ctexec is measured against.
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

int main(int argc, char **argv)
{
	int count = argc > 1 ? (int)strtol(argv[1], NULL, 10) : 0;

	if (count < 1 || argc < count + 3) {
		fputs("usage: minimal N FILE... COMMAND [ARG...]\n", stderr);
		return 125;
	}
	for (int i = 2; i < count + 2; i++) {
		int fd = open(argv[i], O_WRONLY | O_CLOEXEC);

		if (fd < 0 || write(fd, "0", 1) != 1) {
			perror(argv[i]);
			return 125;
		}
		close(fd);
	}
	execvp(argv[count + 2], argv + count + 2);
	perror(argv[count + 2]);
	return 127;
}
