// SPDX-License-Identifier: MIT
/*
 * seccomp SYSCALL[,SYSCALL…] ERRNO COMMAND [ARGUMENT…]: COMMAND, for which these system calls fail,
 * as on an older kernel (ENOSYS) or under a container manager's filter (EPERM).
 *
 * seccomp --hide NAME[,NAME…] COMMAND [ARGUMENT…]: COMMAND, which finds no file of these names when
 * it opens, tests or looks at one, as on a kernel that has no cgroup.kill. A process beside it
 * answers for the kernel, and ends with the last that it answers.
 *
 * What COMMAND starts is treated alike. Status 2: it could not be done.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <poll.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

static const struct call {
	const char *name;
	int number;
	int path;	/* which argument names a file; 0: none */
} calls[] = {
	{ "openat", SYS_openat, 1 },
	{ "openat2", SYS_openat2, 1 },
	{ "faccessat", SYS_faccessat, 1 },
	{ "faccessat2", SYS_faccessat2, 1 },
	{ "newfstatat", SYS_newfstatat, 1 },
	{ "clone3", SYS_clone3, 0 },
	{ "close_range", SYS_close_range, 0 },
	{ "fsopen", SYS_fsopen, 0 },
	{ "kcmp", SYS_kcmp, 0 },
	{ "pidfd_open", SYS_pidfd_open, 0 },
	{ "pidfd_send_signal", SYS_pidfd_send_signal, 0 },
	{ "mkdirat", SYS_mkdirat, 0 },
	{ "inotify_init1", SYS_inotify_init1, 0 },
	{ "process_vm_writev", SYS_process_vm_writev, 0 },
	{ "setns", SYS_setns, 0 },
	{ "unshare", SYS_unshare, 0 },
	{ "ptrace", SYS_ptrace, 0 },
};
enum { CALLS = sizeof(calls) / sizeof(*calls) };

static const struct { const char *name; int code; } codes[] = {
	{ "EPERM", EPERM }, { "ENOSYS", ENOSYS }, { "EACCES", EACCES },
};

__attribute__((noreturn)) static void die(const char *what)
{
	perror(what);
	exit(2);
}

static int find_code(const char *name)
{
	for (size_t i = 0; i < sizeof(codes) / sizeof(*codes); i++)
		if (!strcmp(codes[i].name, name))
			return codes[i].code;
	errno = EINVAL;
	die(name);
}

static int find_call(const char *name)
{
	for (size_t i = 0; i < CALLS; i++)
		if (!strcmp(calls[i].name, name))
			return calls[i].number;
	errno = EINVAL;
	die(name);
}

/* These numbers get action, the others are allowed. Returns the listener if flags ask for one. */
static int install(const int *numbers, unsigned count, unsigned action, unsigned flags)
{
	struct sock_filter filter[2 * CALLS + 2];
	struct sock_fprog program = { .filter = filter };
	unsigned used = 0;
	int fd;

	filter[used++] = (struct sock_filter)BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr));
	for (unsigned i = 0; i < count; i++) {
		filter[used++] = (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (unsigned)numbers[i], 0, 1);
		filter[used++] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, action);
	}
	filter[used++] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW);
	program.len = (unsigned short)used;
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
		die("no_new_privs");
	fd = (int)syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, flags, &program);
	if (fd < 0)
		die("seccomp");
	return fd;
}

static void refuse(char *list, const char *code)
{
	int numbers[CALLS];
	unsigned count = 0;

	for (char *name; (name = strsep(&list, ",")) && count < CALLS;)
		numbers[count++] = find_call(name);
	install(numbers, count, SECCOMP_RET_ERRNO | (unsigned)find_code(code), 0);
}

/* ---- Answering for the kernel ------------------------------------------------ */

static int receive(int socket)
{
	char byte, space[CMSG_SPACE(sizeof(int))];
	struct iovec data = { &byte, 1 };
	struct msghdr message = { .msg_iov = &data, .msg_iovlen = 1, .msg_control = space, .msg_controllen = sizeof(space) };

	if (recvmsg(socket, &message, MSG_CMSG_CLOEXEC) != 1 || !CMSG_FIRSTHDR(&message))
		_exit(2);
	return *(int *)(void *)CMSG_DATA(CMSG_FIRSTHDR(&message));
}

static void pass_on(int socket, int fd)
{
	char byte = 0, space[CMSG_SPACE(sizeof(int))] = { 0 };
	struct iovec data = { &byte, 1 };
	struct msghdr message = { .msg_iov = &data, .msg_iovlen = 1, .msg_control = space, .msg_controllen = sizeof(space) };
	struct cmsghdr *header = CMSG_FIRSTHDR(&message);

	header->cmsg_level = SOL_SOCKET;
	header->cmsg_type = SCM_RIGHTS;
	header->cmsg_len = CMSG_LEN(sizeof(int));
	memcpy(CMSG_DATA(header), &fd, sizeof(fd));
	if (sendmsg(socket, &message, 0) != 1)
		die("sendmsg");
}

static int is_hidden(const struct seccomp_notif *asked, const char *hidden)
{
	char memory[32], path[4096] = "", *name;
	int fd, argument = 0;

	for (size_t i = 0; i < CALLS; i++)
		if (calls[i].number == asked->data.nr)
			argument = calls[i].path;
	snprintf(memory, sizeof(memory), "/proc/%u/mem", asked->pid);
	fd = open(memory, O_RDONLY | O_CLOEXEC);
	/* it reads as far as there is memory */
	if (fd < 0 || pread(fd, path, sizeof(path) - 1, (off_t)asked->data.args[argument]) < 0)
		path[0] = '\0';
	if (fd >= 0)
		close(fd);
	name = strrchr(path, '/') ? strrchr(path, '/') + 1 : path;
	for (const char *at = hidden; *name && (at = strstr(at, name)); at++)
		if ((at == hidden || at[-1] == ',') && strchr(",", at[strlen(name)]))
			return 1;
	return 0;
}

__attribute__((noreturn)) static void answer(int socket, const char *hidden)
{
	int listener = receive(socket);
	struct pollfd ready = { .fd = listener, .events = POLLIN };

	for (int fd = 0; fd < 1024; fd++)
		if (fd != listener)
			close(fd);
	setsid();
	while (poll(&ready, 1, -1) > 0 && ready.revents & POLLIN) {
		struct seccomp_notif asked = { 0 };
		struct seccomp_notif_resp said = { 0 };

		if (ioctl(listener, SECCOMP_IOCTL_NOTIF_RECV, &asked) < 0)
			continue;
		said.id = asked.id;
		if (is_hidden(&asked, hidden))
			said.error = -ENOENT;
		else
			said.flags = SECCOMP_USER_NOTIF_FLAG_CONTINUE;
		ioctl(listener, SECCOMP_IOCTL_NOTIF_SEND, &said); /* who asked may have ended */
	}
	_exit(0);
}

static void hide(const char *hidden)
{
	int ends[2], numbers[CALLS], listener, status;
	unsigned count = 0;
	pid_t pid;

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) < 0)
		die("socketpair");
	pid = fork();
	if (pid == 0) { /* twice, lest COMMAND has a child that it knows nothing of */
		close(ends[1]);
		if (fork() == 0)
			answer(ends[0], hidden);
		_exit(0);
	}
	if (pid < 0 || waitpid(pid, &status, 0) < 0)
		die("fork");
	for (size_t i = 0; i < CALLS; i++)
		if (calls[i].path)
			numbers[count++] = calls[i].number;
	listener = install(numbers, count, SECCOMP_RET_USER_NOTIF, SECCOMP_FILTER_FLAG_NEW_LISTENER);
	pass_on(ends[1], listener);
	close(listener);
}

int main(int argc, char **argv)
{
	if (argc < 4) {
		fputs("usage: seccomp SYSCALL,... ERRNO COMMAND [ARGUMENT...]\n"
		      "       seccomp --hide NAME,... COMMAND [ARGUMENT...]\n", stderr);
		return 2;
	}
	if (!strcmp(argv[1], "--hide"))
		hide(argv[2]);
	else
		refuse(argv[1], argv[2]);
	execvp(argv[3], argv + 3);
	die(argv[3]);
}
