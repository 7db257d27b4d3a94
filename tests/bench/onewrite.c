// SPDX-License-Identifier: MIT
/* onewrite FILE TEXT: opens the file and writes the text. The least that sets a parameter. */
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

int main(int argc, char **argv)
{
	int fd;

	if (argc != 3) {
		fputs("usage: onewrite FILE TEXT\n", stderr);
		return 2;
	}
	fd = open(argv[1], O_WRONLY | O_CLOEXEC);
	if (fd < 0 || write(fd, argv[2], strlen(argv[2])) != (ssize_t)strlen(argv[2])) {
		perror(argv[1]);
		return 1;
	}
	return 0;
}
