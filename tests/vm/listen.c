// SPDX-License-Identifier: MIT
/*
 * Prints what the kernel's audit system says, a line per record: "TYPE TEXT". It listens to the
 * multicast group, which works beside auditd and without. "ready" on stderr: from now on.
 */
#define _GNU_SOURCE
#include <linux/audit.h>
#include <linux/netlink.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>

int main(void)
{
	const struct sockaddr_nl address = { .nl_family = AF_NETLINK, .nl_groups = 1U << (AUDIT_NLGRP_READLOG - 1) };
	static char buffer[16384] __attribute__((aligned(__alignof__(struct nlmsghdr))));
	int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_AUDIT);
	ssize_t length;

	if (fd < 0 || bind(fd, (const struct sockaddr *)&address, sizeof(address)) < 0) {
		perror("listen");
		return EXIT_FAILURE;
	}
	setvbuf(stdout, NULL, _IOLBF, 0);
	fputs("ready\n", stderr);
	while ((length = recv(fd, buffer, sizeof(buffer), 0)) > 0) {
		const struct nlmsghdr *head = (const struct nlmsghdr *)(const void *)buffer;

		/* the kernel leaves its own length out of the count */
		printf("%u %.*s\n", head->nlmsg_type, (int)(length - NLMSG_HDRLEN), (const char *)NLMSG_DATA(head));
	}
	perror("listen");
	return EXIT_FAILURE;
}
