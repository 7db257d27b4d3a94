// SPDX-License-Identifier: MIT
/* How a container would be frozen or thawed, and when tasks count as standing still; on the model. */
#include "common/freeze.h"

#include "common/clock.h"
#include "common/still.h"
#include "tests/unit/model.h"

static const char *const labels[] = { "cpu", "freezer", "v2", NULL };

/* The bits of model_make(). */
enum { CPU = 1, FREEZER = 2, V2 = 4, ALL = 7 };

/* The plan as text: "v2 freezer", or what err says. */
static void check_plan(const char *name, bool thaw, const char *wanted)
{
	ct_cleanup(ct_container_clear) struct ct_container container = { 0 };
	struct ct_freeze freeze = { .count = 0 };
	struct ct_error err = { 0 };
	char text[600] = "";
	int result;

	if (!CHECK_NUMBER(ct_container_open(&model.all, name, false, &container, &err), 0))
		return;
	result = thaw ? ct_freeze_plan_thaw(&model.all, &container, &freeze, &err) :
			ct_freeze_plan(&model.all, &container, &freeze, &err);
	CHECK(result < 0 ? result == -err.code : !err.code);
	for (size_t i = 0; result >= 0 && i < freeze.count; i++)
		snprintf(text + strlen(text), sizeof(text) - strlen(text), "%s%s", i ? " " : "",
			 freeze.places[i]->hierarchy->label);
	CHECK_TEXT(result < 0 ? err.text : text, wanted);
	CHECK_NUMBER(model.operations, 0); /* a plan changes nothing */
}

static struct ct_place *place_in(const char *label, const char *path)
{
	static struct ct_place place;
	struct ct_error err = { 0 };

	place = (struct ct_place){ .path = (char *)(uintptr_t)path, .fd = -1 };
	for (size_t i = 0; i < model.all.count; i++)
		if (!strcmp(model.all.items[i].label, label))
			place.hierarchy = &model.all.items[i];
	CHECK_NUMBER(ct_hierarchy_open(&model.all, place.hierarchy, &err), 0);
	return &place;
}

static void freeze_in(const char *label, const char *path)
{
	struct ct_error err = { 0 };

	CHECK_NUMBER(place_in(label, path)->hierarchy->ops->freeze(place_in(label, path), true, &err), 0);
	model.operations = 0;
}

TEST(v2_is_chosen_else_the_v1_freezer)
{
	model_open(labels);
	model_make(ALL, "all");
	model_make(CPU | FREEZER, "v1");
	model_make(CPU, "cpu");
	model_spawn(20, 20, "all");
	if (model_start()) {
		check_plan("all", false, "v2");
		check_plan("v1", false, "freezer");
		check_plan("cpu", false,
			   "it can be frozen in v2 or in the v1 freezer, and is only in cpu: make it there too (ctcreate -p -H v2), and move in what runs in it (ctattach)");
	}
	model_close();
}

TEST(tasks_of_one_hierarchy_alone)
{
	model_open(labels);
	model_make(ALL, "web");
	model_make(ALL, "web/below");
	model_spawn(20, 20, "web");
	model_spawn(21, 21, "");
	model_spawn(22, 22, "");
	if (model_start()) {
		model_place(21, 1, "web/below");
		check_plan("web", false, "v2 freezer");
		model_place(22, 0, "web");
		check_plan("web", false,
			   "1 of its tasks is in other hierarchies alone and not in its place in v2, by which they would be frozen: 22 (model); ctattach moves them there, -H v2 freezes the others");
		model_place(22, 2, "web/below");
		check_plan("web", false, "v2 freezer");
	}
	model_close();
}

/* At one moment a process of the container forks, and its first child ends. */
static size_t moments, birth;

static void give_birth(void)
{
	if (++moments != birth)
		return;
	model_spawn(23, 23, "web");
	model_end(22);
}

TEST(who_is_born_meanwhile_is_no_stray)
{
	birth = 0;
	do {
		moments = 0;
		birth++;
		model_open(labels);
		model_make(CPU | FREEZER, "web");
		model_spawn(20, 20, "web");
		model_spawn(22, 22, "web");
		if (model_start()) {
			model.meanwhile = give_birth;
			check_plan("web", false, "freezer");
			model.meanwhile = NULL;
		}
		model_close();
	} while (birth <= moments);
	CHECK(moments > 4);
}

TEST(v1_first_if_it_holds_them_already)
{
	model_open(labels);
	model_make(ALL, "web");
	model_spawn(20, 20, "web");
	if (model_start()) {
		freeze_in("freezer", "web");
		check_plan("web", false, "freezer");
		check_plan("web", true, "freezer");
		freeze_in("v2", "web");
		check_plan("web", true, "v2 freezer");
	}
	model_close();
}

TEST(thawing_below_what_is_frozen)
{
	model_open(labels);
	model_make(ALL, "a");
	model_make(ALL, "a/b");
	model_make(ALL, "a/b/c");
	if (model_start()) {
		check_plan("a/b/c", true, "");
		freeze_in("v2", "a/b");
		freeze_in("v2", "a/b/c");
		check_plan("a/b/c", true, "a/b, above it, is frozen in v2 and keeps it so: ctfreeze -u a/b thaws that");
		check_plan("a/b", true, "v2");
		check_plan("a", true, "");
	}
	model_close();
}

/* Overwrites what the model says of a task: its state, and what it waits in. */
static void show(pid_t pid, char state, const char *channel)
{
	char text[128];

	snprintf(text, sizeof(text), "%d (task%d) %c 1 1 1 0 0 0 0 0 0 0 0 0 0 0 0 0 0 1 0 %d 0", pid, pid, state,
		 10 * pid);
	write_file(below(model.root, "proc/%d/stat", pid), text);
	write_file(below(model.root, "proc/%d/wchan", pid), channel);
}

/* Whether the place counts as standing still; else whom that is laid to. */
static void check_still(const char *label, int wanted_result, const char *wanted)
{
	ct_cleanup(ct_suspects_clear) struct ct_suspects suspects = { 0 };
	struct ct_error err = { 0 };
	char names[200] = "";
	int result = ct_still_wait(&model.all, place_in(label, "web"), false, ct_clock() + 30000, &err);

	if (result == -ETIMEDOUT) {
		CHECK_NUMBER(ct_still_suspect(&model.all, place_in(label, "web"), &suspects, &err), 0);
		ct_still_names(&model.all, &suspects, names, sizeof(names));
	}
	CHECK_NUMBER(result, wanted_result);
	CHECK_TEXT(names, wanted);
	CHECK_TEXT(err.text, "");
}

TEST(what_stands_still_on_v2)
{
	model_open(labels);
	model_make(ALL, "web");
	model_make(ALL, "web/empty");
	model_spawn(20, 20, "web");
	if (model_start()) {
		freeze_in("v2", "web");
		for (size_t i = 0; i < 2; i++) {
			show(20, "ST"[i], i ? "do_signal_stop" : "get_signal");
			check_still("v2", 0, "");
		}
		show(20, 'R', "0");
		check_still("v2", -ETIMEDOUT, "20 (task20) state R");
		/* The kernel says frozen for the sake of the empty child. */
		show(20, 'D', "fuse_wait");
		check_still("v2", -ETIMEDOUT, "20 (task20) state D waiting in fuse_wait");
		show(20, 'D', "kernel_clone"); /* vfork(2) */
		check_still("v2", 0, "");
		show(20, 'Z', "0");
		check_still("v2", 0, "");
	}
	model_close();
}

TEST(what_stands_still_on_v1)
{
	model_open(labels);
	model_make(ALL, "web");
	model_spawn(20, 20, "web");
	model_spawn(21, 21, "web");
	if (model_start()) {
		freeze_in("freezer", "web");
		show(21, 'D', "__refrigerator");
		show(20, 'D', "hrtimer_nanosleep"); /* where it slept */
		check_still("freezer", 0, "");
		/* Some kernels let one go on, and say FROZEN. */
		show(20, 'S', "hrtimer_nanosleep");
		check_still("freezer", -ETIMEDOUT, "20 (task20) state S waiting in hrtimer_nanosleep");
	}
	model_close();
}

TEST(held_by_v1_is_still_though_v2_does_not_say_so)
{
	model_open(labels);
	model_make(ALL, "web");
	model_spawn(20, 20, "web");
	if (model_start()) {
		freeze_in("freezer", "web");
		show(20, 'D', "hrtimer_nanosleep");
		check_still("v2", 0, ""); /* which is not frozen at all */
	}
	model_close();
}
