// SPDX-License-Identifier: MIT
/* server PORT: takes whoever connects to any IPv4 address of its network, until it is killed. Prints "ready". */
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

int main(int argc, char **argv)
{
	struct sockaddr_in address = { .sin_family = AF_INET };
	int one = 1, listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	address.sin_port = htons((unsigned short)(argc > 1 ? atoi(argv[1]) : 0));
	setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
	if (bind(listener, (struct sockaddr *)&address, sizeof(address)) < 0 || listen(listener, 8) < 0) {
		perror("server");
		return 1;
	}
	printf("ready\n");
	fflush(stdout);
	for (;;)
		close(accept(listener, NULL, NULL));
}
