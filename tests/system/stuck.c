// SPDX-License-Identifier: MIT
/*
 * stuck DIR: mounts a file system at DIR, for nobody else to see, whose server stops answering, and
 * starts a process that waits for it: uninterruptibly, and not to be killed. Prints the number
 * of that process. It ends when this one does. Speaks to /dev/fuse itself: see fuse(4).
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <linux/fuse.h>
#include <sched.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

__attribute__((noreturn)) static void fail(const char *what)
{
	perror(what);
	exit(1);
}

static int mount_at(const char *dir)
{
	char options[128];
	int fd = open("/dev/fuse", O_RDWR | O_CLOEXEC);

	if (fd < 0)
		fail("/dev/fuse");
	if (unshare(CLONE_NEWNS) < 0 || mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0)
		fail("unshare");
	snprintf(options, sizeof(options), "fd=%d,rootmode=40000,user_id=0,group_id=0", fd);
	if (mount("stuck", dir, "fuse.stuck", MS_NOSUID | MS_NODEV, options) < 0)
		fail(dir);
	return fd;
}

/* The first request is INIT, which is answered. */
static void answer_init(int fd, const struct fuse_in_header *request)
{
	struct {
		struct fuse_out_header head;
		struct fuse_init_out init;
	} answer = {
		.head = { .len = sizeof(answer), .unique = request->unique },
		.init = { .major = FUSE_KERNEL_VERSION, .minor = FUSE_KERNEL_MINOR_VERSION,
			  .max_write = 4096 },
	};

	if (request->opcode != FUSE_INIT || write(fd, &answer, sizeof(answer)) != sizeof(answer))
		fail("init");
}

static void wait_for_ever(const char *dir)
{
	struct stat status;
	char path[4096];

	snprintf(path, sizeof(path), "%s/file", dir);
	stat(path, &status);
	_exit(0);
}

int main(int argc, char **argv)
{
	static union {
		struct fuse_in_header head;
		char room[FUSE_MIN_READ_BUFFER];
	} request;
	pid_t pid;
	int fd;

	if (argc != 2)
		return 2;
	alarm(900); /* whatever becomes of the test */
	fd = mount_at(argv[1]);
	if (read(fd, &request, sizeof(request)) < (ssize_t)sizeof(request.head))
		fail("read");
	answer_init(fd, &request.head);
	pid = fork();
	if (pid == 0) {
		close(fd); /* what holds it open itself waits for ever */
		wait_for_ever(argv[1]);
	}
	/* what has been read and not answered can only be waited for */
	if (pid < 0 || read(fd, &request, sizeof(request)) < (ssize_t)sizeof(request.head))
		fail("read");
	printf("%d\n", pid);
	fflush(stdout);
	for (;;)
		pause();
}
