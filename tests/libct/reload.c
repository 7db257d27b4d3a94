// SPDX-License-Identifier: MIT
/*
 * reload TIMES LIBRARY HIERARCHIES CONTAINER: loads the library, moves a child with it, lists, and unloads it, so many
 * times. It leaves no descriptor, no memory, no mapping, and is unloaded: else that is told, with 1.
 */
#define _GNU_SOURCE
#include <dirent.h>
#include <dlfcn.h>
#include <malloc.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <ct.h>

static int count_files(const char *path)
{
	DIR *dir = opendir(path);
	int count = 0;

	while (dir && readdir(dir))
		count++;
	if (dir)
		closedir(dir);
	return count;
}

struct measure {
	size_t memory;
	int fds, tasks;
	int mappings, ours;	/* of libct */
};

static void measure(struct measure *ret_measure)
{
	struct measure now = { .memory = mallinfo2().uordblks };
	char line[4096];
	FILE *file;

	now.fds = count_files("/proc/self/fd");
	now.tasks = count_files("/proc/self/task") - 2;
	file = fopen("/proc/self/maps", "re");
	while (file && fgets(line, sizeof(line), file)) {
		now.mappings++;
		now.ours += strstr(line, "/libct.so") != NULL;
	}
	if (file)
		fclose(file);
	*ret_measure = now;
}

static void print(const struct measure *measure)
{
	printf("%zu bytes, %d descriptors, %d tasks, %d mappings, %d of libct\n", measure->memory, measure->fds,
	       measure->tasks, measure->mappings, measure->ours);
}

#define LOAD(name) __typeof__(&libct_##name) do_##name = (__typeof__(&libct_##name))dlsym(library, "libct_" #name)

static int use(const char *path, const char *hierarchies, const char *container, pid_t pid)
{
	void *library = dlopen(path, RTLD_NOW | RTLD_LOCAL);
	struct libct_error err = { .text = "no such function" };
	struct libct_list *list;
	struct libct *ct;
	int result = -1;

	if (!library) {
		puts(dlerror());
		return -1;
	}
	LOAD(open);
	LOAD(close);
	LOAD(move);
	LOAD(containers);
	LOAD(list_free);
	if (do_open && do_close && do_move && do_containers && do_list_free)
		result = do_open(NULL, hierarchies, &ct, &err);
	if (result >= 0) {
		result = do_move(ct, container, &pid, 1, NULL, &err);
		if (result >= 0)
			result = do_containers(ct, container, LIBCT_RECURSIVE, &list, &err);
		if (result >= 0)
			do_list_free(list);
		do_close(ct);
	}
	if (result < 0)
		puts(err.text);
	return dlclose(library) == 0 ? result : -1;
}

int main(int argc, char **argv)
{
	struct measure middle = { 0 }, end = { 0 };
	pid_t pid;
	int times;

	if (argc != 5 || (pid = fork()) < 0)
		return 2;
	if (pid == 0) {
		alarm(300);
		pause();
		_exit(0);
	}
	times = atoi(argv[1]);
	for (int i = 0; i < times; i++) {
		if (use(argv[2], argv[3], argv[4], pid) < 0)
			return EXIT_FAILURE;
		if (i == 0 || i == times / 2) /* what libc keeps for the next time has been kept by then */
			measure(&middle);
	}
	measure(&end);
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
	if (!memcmp(&middle, &end, sizeof(end)) && !end.ours && end.tasks == 1)
		return EXIT_SUCCESS;
	print(&middle);
	print(&end);
	return EXIT_FAILURE;
}
