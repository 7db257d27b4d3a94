// SPDX-License-Identifier: MIT
#include "common/victims.h"

#include "common/container.h"
#include "common/own.h"
#include "tests/unit/support.h"

/* "PID HIERARCHIES" of each process. */
static void list(const char *machine, const char *name, bool recursive, const char *wanted)
{
	ct_cleanup(ct_hierarchies_clear) struct ct_hierarchies all = { .proc = -1 };
	ct_cleanup(ct_container_clear) struct ct_container container = { 0 };
	ct_cleanup(ct_reach_clear) struct ct_reach reach = { 0 };
	ct_cleanup(ct_victims_clear) struct ct_victims victims = { 0 };
	struct ct_error err = { 0 };
	char text[1024] = "", labels[256];
	size_t processes = 0;

	if (!open_fixture(machine, &all))
		return;
	CHECK_NUMBER(ct_hierarchies_select(&all, NULL, false, &err), 0);
	CHECK_NUMBER(ct_container_open(&all, name, false, &container, &err), 0);
	CHECK_NUMBER(ct_reach_open(&container, recursive, &reach, &err), 0);
	CHECK_NUMBER(ct_victims_list(&reach, &victims, &err), 0);
	for (size_t i = 0; i < victims.count; i = ct_victims_next(&victims, i)) {
		ct_victims_labels(&victims, i, &container, labels, sizeof(labels));
		snprintf(text + strlen(text), sizeof(text) - strlen(text), "%d %s\n", victims.items[i].pid,
			 labels);
		CHECK(ct_victims_have(&victims, victims.items[i].pid));
		processes++;
	}
	CHECK_TEXT(text, wanted);
	CHECK_TEXT(err.text, "");
	CHECK_NUMBER(victims.processes, processes);
	CHECK(!ct_victims_have(&victims, 1 << 30));
	for (size_t i = 0; i < reach.whole.count; i++)
		CHECK_NUMBER(reach.whole.places[i].fd, -1); /* however many there are */
}

TEST(all_of_a_container)
{
	list("v2", "web", true, "92 v2\n93 v2\n94 v2\n");
	list("v2", "web", false, "");
	list("twice", "web", true,
	     "112 v2,memory,pids,freezer\n"
	     "113 v2,memory,pids,freezer\n"
	     "114 v2,memory,pids,freezer\n");
}

TEST(a_process_counts_where_its_threads_are)
{
	list("v2", "pool", true, "103 v2\n");
}

/* A container's places as they are named, in two hierarchies that are no more than labels. */
static struct ct_hierarchy cpu = { .id = 1, .version = 1, .label = "cpu", .root = "/" },
			   unified = { .id = 0, .version = 2, .label = "v2", .root = "/" };

TEST(what_is_within_reach)
{
	struct ct_place places[] = { { .hierarchy = &cpu, .path = (char[]){ "web" }, .fd = -1 },
				     { .hierarchy = &unified, .path = (char[]){ "" }, .fd = -1 } };
	struct ct_container container = { .places = places, .count = 2 };
	struct ct_reach reach = { .container = &container, .recursive = true };

	CHECK(ct_reach_has(&reach, 0, "web"));
	CHECK(ct_reach_has(&reach, 0, "web/a/b"));
	CHECK(!ct_reach_has(&reach, 0, "web-too"));
	CHECK(!ct_reach_has(&reach, 0, "we"));
	CHECK(!ct_reach_has(&reach, 0, ""));
	CHECK(ct_reach_has(&reach, 1, "anything"));
	reach.recursive = false;
	CHECK(ct_reach_has(&reach, 0, "web"));
	CHECK(!ct_reach_has(&reach, 0, "web/a"));
	CHECK(ct_reach_has(&reach, 1, ""));
	CHECK(!ct_reach_has(&reach, 1, "anything"));
}

static struct ct_victim pairs[] = { { 7, 0 }, { 7, 2 }, { 9, 0 }, { 12, 1 }, { 12, 2 } };

TEST(own_is_left_out)
{
	struct ct_own_process items[] = { { .pid = 7, .fd = -1 }, { .pid = 12, .fd = -1 } };
	struct ct_own own = { .items = items, .count = 2 }, nobody = { 0 };
	struct ct_victims victims = { .items = pairs, .count = 5, .processes = 3 };

	ct_own_leave_out(&nobody, &victims);
	CHECK_NUMBER(victims.count, 5);
	CHECK_NUMBER(victims.processes, 3);
	ct_own_leave_out(&own, &victims);
	CHECK_NUMBER(victims.count, 1);
	CHECK_NUMBER(victims.processes, 1);
	CHECK_NUMBER(victims.items[0].pid, 9);
}
