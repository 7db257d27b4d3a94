/* SPDX-License-Identifier: MIT */
/*
 * A plugin for Slurm: has slurmstepd run a script, as root, for each task before it runs anything.
 * On v2 a user may not move his tasks into their container, and Slurm itself runs no script as
 * root so late.
 *
 *	cc -shared -fPIC -o spank_ct.so spank_ct.c
 *
 * and in plugstack.conf
 *
 *	required /usr/local/lib/slurm/spank_ct.so /etc/slurm/ct-slurm
 *
 * In its environment the script finds SLURM_SCRIPT_CONTEXT=spank_task, SLURM_JOB_ID, SLURM_TASK_PID,
 * SLURM_LOCALID (0: the first of the step on this node), and what the job has of this node:
 * SLURM_JOB_CPUS, SLURM_JOB_MEMORY (in MB; 0: Slurm allocates none). If it fails the task is killed,
 * and the user sees the first line of what the script has said.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <signal.h>
#include <spawn.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <slurm/spank.h>

SPANK_PLUGIN(ct, 1)

/* What it says, as one line; the rest is read as well, so that it does not wait for its reader. */
static void read_line(int fd, char *line, size_t size)
{
	char rest[256];
	size_t length = 0;
	ssize_t n;

	for (;;) {
		if (length + 1 < size)
			n = read(fd, line + length, size - 1 - length);
		else
			n = read(fd, rest, sizeof(rest));
		if (n == 0 || (n < 0 && errno != EINTR))
			break;
		if (n > 0 && length + 1 < size)
			length += n;
	}
	line[length] = '\0';
	line[strcspn(line, "\n")] = '\0';
}

/* 0, or -1 if it has failed, which was said then. */
static int run(char *script, char *environment[])
{
	char *arguments[] = { script, NULL }, line[1024];
	posix_spawn_file_actions_t actions;
	int fds[2], status, error;
	pid_t pid;

	if (pipe2(fds, O_CLOEXEC) < 0) {
		slurm_error("ct: no pipe: %s", strerror(errno));
		return -1;
	}
	posix_spawn_file_actions_init(&actions);
	posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0);
	posix_spawn_file_actions_adddup2(&actions, fds[1], 1);
	posix_spawn_file_actions_adddup2(&actions, fds[1], 2);
	error = posix_spawn(&pid, script, &actions, NULL, arguments, environment);
	posix_spawn_file_actions_destroy(&actions);
	close(fds[1]);
	if (error) {
		close(fds[0]);
		slurm_error("ct: cannot run %s: %s", script, strerror(error));
		return -1;
	}
	read_line(fds[0], line, sizeof(line));
	close(fds[0]);
	while (waitpid(pid, &status, 0) < 0)
		if (errno != EINTR) {
			slurm_error("ct: cannot wait for %s: %s", script, strerror(errno));
			return -1;
		}
	if (status) {
		slurm_error("%s", line[0] ? line : "ct: the script failed and said nothing");
		return -1;
	}
	return 0;
}

/*
 * In slurmstepd, once for each task, which waits to be told to go on. Slurm runs the task whatever
 * is returned here, "required" or not: where the script has failed, the task is killed, and so are
 * those after it.
 */
int slurm_spank_task_post_fork(spank_t spank, int count, char *arguments[])
{
	char job[40], task[40], number[40], cpus[40], memory[40];
	char *environment[] = { "SLURM_SCRIPT_CONTEXT=spank_task", job, task, number, cpus, memory, NULL };
	static bool failed;
	uint64_t memory_size;
	uint32_t job_id;
	uint16_t cpu_count;
	pid_t pid;
	int local;

	if (spank_get_item(spank, S_TASK_PID, &pid))
		return ESPANK_ERROR;
	if (count != 1) {
		slurm_error("ct: plugstack.conf must name one script after spank_ct.so");
		failed = true;
	} else if (spank_get_item(spank, S_JOB_ID, &job_id) || spank_get_item(spank, S_TASK_ID, &local) ||
		   spank_get_item(spank, S_JOB_NCPUS, &cpu_count) ||
		   spank_get_item(spank, S_JOB_ALLOC_MEM, &memory_size)) {
		slurm_error("ct: slurmstepd does not tell what the job is");
		failed = true;
	}
	if (!failed) {
		snprintf(job, sizeof(job), "SLURM_JOB_ID=%u", job_id);
		snprintf(task, sizeof(task), "SLURM_TASK_PID=%d", pid);
		snprintf(number, sizeof(number), "SLURM_LOCALID=%d", local);
		snprintf(cpus, sizeof(cpus), "SLURM_JOB_CPUS=%u", cpu_count);
		snprintf(memory, sizeof(memory), "SLURM_JOB_MEMORY=%" PRIu64, memory_size);
		failed = run(arguments[0], environment) < 0;
	}
	if (!failed)
		return ESPANK_SUCCESS;
	kill(pid, SIGKILL);
	return ESPANK_ERROR;
}
