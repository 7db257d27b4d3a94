// SPDX-License-Identifier: MIT
/*
 * rawmove SOURCE DESTINATION...: writes each process that the file SOURCE lists once to each of
 * the files DESTINATION, file by file. The least a program can do that moves a whole
 * container, with none of the guarantees: what ctattach --from is measured against.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static char *read_all(const char *path)
{
	size_t length = 0, room = 1 << 16;
	char *text = malloc(room);
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t got = 0;

	while (fd >= 0 && text && (got = read(fd, text + length, room - length - 1)) > 0) {
		length += (size_t)got;
		if (room - length < room / 2)
			text = realloc(text, room *= 2);
	}
	if (fd < 0 || !text || got < 0) {
		perror(path);
		exit(1);
	}
	close(fd);
	text[length] = '\0';
	return text;
}

static void write_all(const char *path, const char *pids)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);

	while (fd >= 0 && *pids) {
		size_t length = 0;

		while (pids[length] && pids[length] != '\n')
			length++;
		if (write(fd, pids, length) < 0 && errno != ESRCH)
			break;
		pids += length + (pids[length] == '\n');
	}
	if (fd < 0 || *pids) {
		perror(path);
		exit(1);
	}
	close(fd);
}

int main(int argc, char **argv)
{
	char *pids;

	if (argc < 3) {
		fputs("usage: rawmove SOURCE DESTINATION...\n", stderr);
		return 2;
	}
	pids = read_all(argv[1]);
	for (int i = 2; i < argc; i++)
		write_all(argv[i], pids);
	free(pids);
	return 0;
}
