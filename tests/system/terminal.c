// SPDX-License-Identifier: MIT
/*
 * terminal ROWS COLUMNS COMMAND...: runs COMMAND in a pseudo-terminal, and does what the lines of its
 * own input say. A wait that is in vain for a minute prints the screen and is a failure.
 *
 *	see REGEX		until a row of the screen matches
 *	gone REGEX		until none does
 *	type KEYS		as they are, but \e, \r, \b (backspace), \c (Ctrl-C)
 *	resize ROWS COLUMNS
 *	colours yes|no		whether any have been used until now
 *	run SHELL COMMAND	in the meantime
 *	hangup			closes the terminal
 *	end STATUS		until COMMAND has ended so
 *
 * It understands what the terminal type in terminal.ti can do, and no more.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <poll.h>
#include <pty.h>
#include <regex.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { MOST = 200, PATIENCE = 60 };

static char screen[MOST][MOST + 1];
static int rows, columns, row, column, master = -1;
static bool colours, closed;
static pid_t child;

/* Seconds; nobody sets this clock. */
static time_t now(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	return time.tv_sec;
}

static void wipe(void)
{
	for (int i = 0; i < MOST; i++) {
		memset(screen[i], ' ', MOST);
		screen[i][MOST] = '\0';
	}
}

static void control(const char *parameters, char what)
{
	int a = 1, b = 1;

	switch (what) {
	case 'H':
		sscanf(parameters, "%d;%d", &a, &b);
		row = a - 1;
		column = b - 1;
		break;
	case 'J':
		wipe();
		break;
	case 'm':
		colours |= parameters[0] == '3' && parameters[1] != '9';
		break;
	default:
		fprintf(stderr, "unknown sequence [%s%c\n", parameters, what);
		exit(1);
	}
}

static void take(char byte)
{
	static char parameters[32];
	static int state; /* 1: after the escape, 2: inside of a sequence */
	size_t length = strlen(parameters);

	if (state == 1) {
		state = byte == '[' ? 2 : 0;
		*parameters = '\0';
	} else if (state == 2 && ((byte >= '0' && byte <= '9') || byte == ';')) {
		if (length + 1 < sizeof(parameters)) {
			parameters[length] = byte;
			parameters[length + 1] = '\0';
		}
	} else if (state == 2) {
		control(parameters, byte);
		state = 0;
	} else if (byte == 0x1b) {
		state = 1;
	} else if (byte == '\r') {
		column = 0;
	} else if (byte == '\n') {
		row += row < rows - 1;
	} else if (byte == '\b') {
		column -= column > 0;
	} else if ((unsigned char)byte >= ' ') {
		if (row >= 0 && row < MOST && column >= 0 && column < MOST)
			screen[row][column] = byte;
		column++;
	}
}

/* Takes what the command writes within 20 ms. */
static void listen(void)
{
	struct pollfd input = { .fd = master, .events = POLLIN };
	char text[4096];
	ssize_t got;

	if (master < 0 || poll(&input, 1, 20) <= 0) {
		if (master < 0)
			usleep(20000);
		return;
	}
	got = read(master, text, sizeof(text));
	if (got <= 0 && errno != EINTR)
		closed = true;
	for (ssize_t i = 0; i < got; i++)
		take(text[i]);
	if (closed)
		usleep(20000);
}

static bool seen(const regex_t *pattern)
{
	for (int i = 0; i < rows; i++) {
		char line[MOST + 1];

		snprintf(line, sizeof(line), "%.*s", columns, screen[i]);
		if (regexec(pattern, line, 0, NULL, 0) == 0)
			return true;
	}
	return false;
}

static void fail(const char *line)
{
	printf("in vain: %s\n", line);
	for (int i = 0; i < rows; i++)
		printf("|%.*s|\n", columns, screen[i]);
	if (child > 0)
		kill(child, SIGKILL);
	exit(1);
}

static void wait_for(const char *line, const char *text, bool wanted)
{
	time_t end = now() + PATIENCE;
	regex_t pattern;

	if (regcomp(&pattern, text, REG_EXTENDED | REG_NOSUB) != 0)
		fail(line);
	while (seen(&pattern) != wanted) {
		if (now() > end)
			fail(line);
		listen();
	}
	regfree(&pattern);
}

/* At once: what a key sends is known by it that nothing comes between. */
static void type(const char *keys)
{
	char bytes[1024];
	size_t count = 0;

	for (; *keys && count < sizeof(bytes); keys++) {
		char byte = *keys;

		if (byte == '\\' && keys[1]) {
			keys++;
			byte = *keys == 'e' ? 0x1b : *keys == 'b' ? 0x7f : *keys == 'c' ? 3 : '\r';
		}
		bytes[count++] = byte;
	}
	if (write(master, bytes, count) != (ssize_t)count)
		fail("type");
}

static void resize(const char *text)
{
	struct winsize size = { 0 };

	if (sscanf(text, "%d %d", &rows, &columns) != 2 || rows > MOST || columns > MOST)
		exit(2);
	size.ws_row = (unsigned short)rows;
	size.ws_col = (unsigned short)columns;
	ioctl(master, TIOCSWINSZ, &size);
}

static void wait_end(const char *line, int wanted)
{
	time_t end = now() + PATIENCE;
	int status;

	while (waitpid(child, &status, WNOHANG) == 0) {
		if (now() > end)
			fail(line);
		listen();
	}
	child = -1;
	status = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
	if (status != wanted) {
		printf("ended with %d\n", status);
		fail(line);
	}
}

static void obey(char *line)
{
	char *text = strchr(line, ' ');

	line[strcspn(line, "\n")] = '\0';
	text = text ? text + 1 : line + strlen(line);
	if (!strncmp(line, "see ", 4) || !strncmp(line, "gone ", 5))
		wait_for(line, text, *line == 's');
	else if (!strncmp(line, "type ", 5))
		type(text);
	else if (!strncmp(line, "resize ", 7))
		resize(text);
	else if (!strncmp(line, "colours ", 8) && colours != (*text == 'y'))
		fail(line);
	else if (!strncmp(line, "run ", 4) && system(text) != 0)
		fail(line);
	else if (!strcmp(line, "hangup"))
		close(master), master = -1;
	else if (!strncmp(line, "end ", 4))
		wait_end(line, atoi(text));
}

int main(int argc, char **argv)
{
	struct winsize size = { 0 };
	char line[1024];

	if (argc < 4)
		return 2;
	rows = atoi(argv[1]);
	columns = atoi(argv[2]);
	if (rows < 1 || rows > MOST || columns < 1 || columns > MOST)
		return 2;
	size.ws_row = (unsigned short)rows;
	size.ws_col = (unsigned short)columns;
	wipe();
	child = forkpty(&master, NULL, NULL, &size);
	if (child < 0)
		return 1;
	if (child == 0) {
		alarm(240);
		execvp(argv[3], argv + 3);
		_exit(127);
	}
	while (fgets(line, sizeof(line), stdin))
		obey(line);
	if (child > 0)
		fail("it has not ended");
	return 0;
}
