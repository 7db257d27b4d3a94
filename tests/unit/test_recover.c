// SPDX-License-Identifier: MIT
/* What a journal says is understood, and done; that a dead move's is, shows test_move.c. */
#include "common/recover.h"

#include "tests/unit/model.h"

static const char *const labels[] = { "cpu", "name=x", "v2", NULL };

static void start(void)
{
	model_open(labels);
	model_make(7, "old");
	model_make(7, "web");
	model_spawn(101, 101, "web");
	model_spawn(101, 102, "web");
	model_spawn(110, 110, "web");
	if (!model_start())
		exit(1);
}

static int recover(const char *journal, struct ct_error *err)
{
	autofree char *text = strdup(journal);

	return ct_recover_text(&model.all, text, NULL, err);
}

#define OLD "origin 0 2:name=x:/old\norigin 0 1:cpu:/old\norigin 0 0::/old\n"

TEST(nothing_to_do)
{
	struct ct_error err = { 0 };

	start();
	CHECK_NUMBER(recover("", &err), 0);
	CHECK_NUMBER(recover("tasks\nend\n", &err), 0);
	CHECK_NUMBER(recover("commit\n", &err), 0);
	CHECK_NUMBER(recover("namespaces net=4026531840:3,uts=4026531838\nnamespaces net=7,uts=18446744073709551615\n"
			     "member 4711 12 1\nmember 4712 13 0\n", &err), 0);
	/* nobody of that number and start is there to be taken anywhere */
	CHECK_NUMBER(recover("namespaces net=1\nnamespaces net=2\nmember 999999999 12 1\nenter v2 p- /web\n", &err), 0);
	CHECK_NUMBER(recover("namespaces net=1\nnamespaces net=2\nmember 999999999 12 1\nenter v2 p- /web\ncommit\n", &err), 0);
	CHECK_NUMBER(recover("tasks\n" OLD "task 101 101 1010 0 1\nend\n", &err), 0);
	CHECK_TEXT(err.text, "");
	CHECK_NUMBER(model.operations, 0);
	model_close();
}

/* One line of it is wrong: nothing is done, not even what the others say. */
TEST(lines_that_make_no_sense)
{
	static const char *const lines[] = {
		"",
		" ",
		"x",
		"commit ",
		"commit now",
		"end now",
		"tasks 1",
		"attach",
		"attach cpu",
		"attach cpu p-",
		"attach cpu p- web",
		"attach cpu p /web",
		"attach cpu p-- /web",
		"arrive",
		"arrive web",
		"move cpu p- /web",
		"ATTACH cpu p- /web",
		"origin",
		"origin ",
		"origin 0",
		"origin x 1:cpu:/",
		"origin 2 1:cpu:/",
		"origin -1 1:cpu:/",
		"origin 99999999999999999999 1:cpu:/",
		"task",
		"task 1",
		"task 1 1 1 0",
		"task 1 1 1 7 1",
		"task 0 1 1 0 1",
		"task 1 0 1 0 1",
		"task -1 1 1 0 1",
		"task 1 1 x 0 1",
		"namespaces",
		"namespaces ",
		"namespaces net",
		"namespaces net=",
		"namespaces net=0",
		"namespaces net=x",
		"namespaces net=1:x",
		"namespaces net=1:2:3",
		"namespaces nett=1",
		"namespaces net=1 uts=2",
		"namespaces net=1,net=1",
		"namespaces net=1\nnamespaces uts=1",
		"member 7 7 0",
		"namespaces net=1\nmember 7 7",
		"namespaces net=1\nmember 7 7 1",
		"namespaces net=1\nmember 0 7 0",
		"namespaces net=1\nmember 7 7 0 0",
		"enter v2 p- /web",
		"shift v2 p- /web/leaf",
		"arrive /web\nshift v2 p- web/leaf",
	};

	start();
	for (size_t i = 0; i < sizeof(lines) / sizeof(*lines); i++) {
		struct ct_error err = { 0 };
		autofree char *text = NULL;

		CHECK(asprintf(&text, "tasks\n" OLD "task 101 101 1010 0 1\nend\nattach cpu p- /web\ntasks\norigin 0 0::/\n%s\nattach v2 p- /web\n",
			       lines[i]) > 0);
		if (!CHECK_FAILURE(ct_recover_text(&model.all, text, NULL, &err), err, EBADMSG,
				   strchr(lines[i], '\n') ? "line 12 of the journal in the state directory makes no sense: look at it, see that nothing is frozen, and remove it" :
				   "line 11 of the journal in the state directory makes no sense: look at it, see that nothing is frozen, and remove it"))
			fprintf(check_told, "the line was \"%s\"\n", lines[i]);
	}
	CHECK_NUMBER(model.operations, 0);
	model_close();
}

TEST(taken_back_newest_first)
{
	struct ct_error err = { 0 };

	start();
	CHECK_NUMBER(recover("tasks\n" OLD "task 101 101 1010 0 1\ntask 102 101 1020 0 1\ntask 110 110 1100 0 1\nend\n"
			     "attach cpu p- /web\nattach name=x p- /web\nattach v2 p- /web\n",
			     &err),
		     0);
	CHECK_TEXT(err.text, "");
	CHECK_TEXT(model.calls, "attach v2 /old 101\nattach v2 /old 110\n"
				"attach-thread name=x /old 101\nattach-thread name=x /old 102\n"
				"attach-thread name=x /old 110\n"
				"attach-thread cpu /old 101\nattach-thread cpu /old 102\nattach-thread cpu /old 110\n");
	model_close();
}

/* Not who is elsewhere by now, nor who is another by now, nor who was not written down. */
TEST(only_who_is_still_there)
{
	struct ct_error err = { 0 };

	start();
	model_place(102, 0, "");
	CHECK_NUMBER(recover("tasks\n" OLD
			     "task 101 101 1009 0 1\ntask 102 101 1020 0 1\ntask 777 777 1 0 1\nend\nattach cpu p- /web\n",
			     &err),
		     0);
	CHECK_TEXT(err.text, "");
	CHECK_TEXT(model_task(101)->place[0], "web");
	CHECK_TEXT(model_task(102)->place[0], "");
	CHECK_TEXT(model_task(110)->place[0], "web");
	CHECK_NUMBER(model.operations, 0);
	model_close();
}

/* Of several lists the last counts that was written to its end. */
TEST(the_last_whole_list_counts)
{
	static const char journal[] = "tasks\n" OLD "task 110 110 1100 0 1\nend\n"
				      "tasks\n" OLD "task 101 101 1010 0 1\nend\nattach cpu p- /web\n"
				      "tasks\norigin 0 1:cpu:/\ntask 101 101 1010 0 1\n";
	struct ct_error err = { 0 };

	start();
	CHECK_NUMBER(recover(journal, &err), 0);
	CHECK_TEXT(model.calls, "attach-thread cpu /old 101\n");
	model_close();
}

TEST(a_hierarchy_that_has_gone_is_passed_over)
{
	struct ct_error err = { 0 };

	start();
	CHECK_NUMBER(recover("tasks\n" OLD "task 101 101 1010 0 1\nend\nattach memory p- /web\n"
			     "arrive /web\nstage gone p- /old/.ct-1\nattach cpu p- /web\n",
			     &err),
		     0);
	CHECK_TEXT(err.text, "");
	CHECK_TEXT(model.calls, "attach-thread cpu /old 101\n");
	model_close();
}

TEST(after_the_commit_line_it_goes_on)
{
	struct ct_error err = { 0 };

	start();
	model_make(4, "old/.ct-1");
	model_find(2, "old/.ct-1")->frozen = true;
	model_place(110, 2, "old/.ct-1");
	CHECK_NUMBER(recover("arrive /web\nstage v2 p- /old/.ct-1\ntasks\n" OLD "task 110 110 1100 0 1\nend\n"
			     "attach cpu p- /web\ncommit\n",
			     &err),
		     0);
	CHECK_TEXT(model.calls, "attach v2 /web 110\nremove v2 /old/.ct-1\n");
	model_close();
}

/* A container that was frozen before stays so. */
TEST(who_was_on_his_way_into_a_leaf)
{
	const char *journal = "arrive /web\nshift v2 p- /web/leaf\n";
	struct ct_error err = { 0 };

	start();
	model_make(4, "web/leaf");
	model_spawn(120, 120, "web/leaf");
	CHECK_NUMBER(recover(journal, &err), 0);
	CHECK_TEXT(model.calls, "attach v2 /web 120\nremove v2 /web/leaf\n");
	*model.calls = '\0';
	CHECK_NUMBER(recover(journal, &err), 0); /* again: there is no leaf */
	CHECK_TEXT(model.calls, "");
	model_close();
	/* what hands controllers down could not be gone back to: all have gone */
	start();
	model_make(4, "web/leaf");
	model_spawn(120, 120, "web/leaf");
	snprintf(model_find(2, "web")->enabled, sizeof(model_find(2, "web")->enabled), "cpu ");
	CHECK_NUMBER(recover(journal, &err), 0);
	CHECK_TEXT(model.calls, "");
	model_close();
}

TEST(held_where_it_lies)
{
	struct ct_error err = { 0 };

	start();
	model_find(2, "old")->frozen = true;
	CHECK_NUMBER(recover("hold v2 pf /old\n", &err), 0);
	CHECK_NUMBER(model.operations, 0);
	CHECK_NUMBER(recover("hold v2 p- /gone\n", &err), 0);
	CHECK_NUMBER(model.operations, 0);
	CHECK_NUMBER(recover("hold v2 p- /old\n", &err), 0);
	CHECK_TEXT(model.calls, "thaw v2 /old\n");
	model_close();
}

static int refuse(size_t n)
{
	return n == 1 ? EPERM : 0;
}

/* One that cannot be put back is told, the others are. */
TEST(what_cannot_be_taken_back_is_told)
{
	struct ct_error err = { 0 };

	start();
	model.before = refuse;
	CHECK_FAILURE(recover("tasks\n" OLD "task 101 101 1010 0 1\ntask 110 110 1100 0 1\nend\nattach cpu p- /web\n", &err),
		      err, EPERM, "could not undo \"attach cpu /web\": task 101 to /old: attach-thread refused");
	CHECK(err.torn);
	CHECK_TEXT(model.calls, "attach-thread cpu /old 101\nattach-thread cpu /old 110\n");
	model_close();
}
