// SPDX-License-Identifier: MIT
#include "common/figure.h"

#include "tests/unit/support.h"

/* What a file says: wanted is a number, or NULL for "nothing". */
static void says(enum ct_figure figure, unsigned version, const char *text, const char *wanted)
{
	char got[32] = "nothing", *where = NULL;
	uint64_t value = 0;

	if (ct_figure_parse(figure, version, text, &value))
		snprintf(got, sizeof(got), "%llu", (unsigned long long)value);
	if (asprintf(&where, "%s v%u '%s': ", ct_figure_name(figure), version, text) < 0)
		abort();
	if (strcmp(got, wanted ? wanted : "nothing") != 0)
		fprintf(stderr, "# %s\n", where);
	CHECK_TEXT(got, wanted ? wanted : "nothing");
	free(where);
}

TEST(numbers)
{
	says(CT_MEMORY, 1, "4096\n", "4096");
	says(CT_MEMORY, 2, "0\n", "0");
	says(CT_MEMORY, 2, "", NULL);
	says(CT_MEMORY, 2, "\n", NULL);
	says(CT_MEMORY, 2, "-1\n", NULL);
	says(CT_MEMORY, 2, " 1\n", NULL);
	says(CT_MEMORY, 2, "99999999999999999999999\n", NULL);
	says(CT_CPU, 1, "1234567890\n", "1234567890");
	says(CT_PIDS, 2, "7\n", "7");
}

TEST(a_limit_that_is_none_is_absent)
{
	says(CT_LIMIT_MEMORY, 1, "67108864\n", "67108864");
	says(CT_LIMIT_MEMORY, 1, "9223372036854771712\n", NULL);	/* pages of 4 KiB */
	says(CT_LIMIT_MEMORY, 1, "9223372036854710272\n", NULL);	/* of 64 KiB */
	says(CT_LIMIT_MEMORY, 2, "max\n", NULL);
	says(CT_LIMIT_MEMORY, 2, "0\n", "0");
	says(CT_LIMIT_PIDS, 1, "max\n", NULL);
	says(CT_LIMIT_PIDS, 2, "100\n", "100");
	says(CT_LIMIT_CPU, 2, "max 100000\n", NULL);
	says(CT_LIMIT_CPU, 2, "50000 100000\n", "5000");
	says(CT_LIMIT_CPU, 2, "150000 100000\n", "15000");
	says(CT_LIMIT_CPU, 2, "1000 0\n", NULL);
	says(CT_LIMIT_CPU, 2, "1000\n", NULL);
	says(CT_LIMIT_CPU, 1, "-1\n 100000\n", NULL);
	says(CT_LIMIT_CPU, 1, "25000\n 100000\n", "2500");
	says(CT_LIMIT_CPU, 1, "18446744073709551615\n 100000\n", NULL);
}

TEST(one_of_many_lines)
{
	says(CT_CPU, 2, "usage_usec 4841\nuser_usec 1\n", "4841000");
	says(CT_CPU, 2, "core_usage_usec 9\nusage_usec 5\n", "5000");
	says(CT_CPU, 2, "user_usec 1\n", NULL);
	says(CT_CPU, 2, "usage_usec 18446744073709551\n", "18446744073709551000");
	says(CT_CPU, 2, "usage_usec 18446744073709552\n", NULL); /* no longer in 64 bits */
	says(CT_SWAP, 1, "swap 5\nswapcached 6\ntotal_swap 8192\ntotal_swapcached 7\n", "8192");
	says(CT_SWAP, 1, "cache 5\n", NULL); /* swap is not accounted */
}

TEST(bytes_of_all_devices)
{
	says(CT_IO_READ, 2, "8:0 rbytes=10 wbytes=20 rios=1 wios=2 dbytes=0 dios=0\n"
			    "8:16 rbytes=100 wbytes=200 rios=1 wios=2 dbytes=0 dios=0\n", "110");
	says(CT_IO_WRITE, 2, "8:0 rbytes=10 wbytes=20 rios=1\n8:16 rbytes=1 wbytes=200 rios=1\n", "220");
	says(CT_IO_READ, 2, "", "0");
	says(CT_IO_READ, 1, "8:0 Read 10\n8:0 Write 20\n8:0 Total 30\n8:16 Read 5\nTotal 35\n", "15");
	says(CT_IO_WRITE, 1, "8:0 Read 10\n8:0 Write 20\n8:0 Total 30\n8:16 Write 5\nTotal 35\n", "25");
	says(CT_IO_READ, 1, "Total 0\n", NULL); /* of no device it counts anything */
	says(CT_IO_READ, 2, "8:0 rbytes=18446744073709551615\n8:1 rbytes=1\n", NULL);
	says(CT_IO_READ, 2, "8:0 rbytes=x\n", NULL);
}

TEST(pressure)
{
	static const char text[] = "some avg10=1.05 avg60=2.00 avg300=3.00 total=1500000\n"
				   "full avg10=9.99 avg60=9.99 avg300=9.99 total=77\n";

	says(CT_PRESSURE_CPU, 2, text, "105");
	says(CT_PRESSURE_MEMORY, 2, "some avg10=100.00 avg60=0.00\n", "10000");
	says(CT_PRESSURE_IO, 2, "some avg10=1\n", NULL);
	says(CT_PRESSURE_IO, 2, "", NULL);
	says(CT_STALL_CPU, 2, text, "1500000000");
	says(CT_PRESSURE_IO, 1, text, NULL); /* v1 has none */
}

TEST(what_no_file_tells)
{
	says(CT_TASKS, 1, "1\n", NULL);
	says(CT_FILES, 2, "1\n", NULL);
	says(CT_CPU_PERCENT, 2, "1\n", NULL);
}

/* ---- From whichever hierarchy has it ------------------------------------------------ */

static char root[PATH_MAX];

static void read_all(struct ct_figures *figures)
{
	ct_cleanup(ct_hierarchies_clear) struct ct_hierarchies all = { .proc = -1 };
	struct ct_place places[2] = { { .path = strdup("web"), .fd = -1 }, { .path = strdup("web"), .fd = -1 } };
	struct ct_error err = { 0 };

	write_file(below(root, "proc/self/mountinfo"), "1 1 0:9 / /a rw - cgroup c rw,cpuacct,memory\n"
						       "1 1 0:8 / /b rw - cgroup2 c rw\n");
	write_file(below(root, "proc/self/cgroup"), "1:cpuacct,memory:/\n0::/\n");
	CHECK_NUMBER(ct_hierarchies_open(&all, root, &err), 0);
	CHECK_NUMBER(ct_hierarchies_select(&all, NULL, false, &err), 0);
	for (size_t i = 0; i < 2; i++) {
		places[i].hierarchy = &all.items[i];
		CHECK_NUMBER(ct_hierarchy_open(&all, places[i].hierarchy, &err), 0);
	}
	CHECK_NUMBER(ct_figures_read(places, 2, CT_BIT(CT_FIGURES) - 1, figures), 0);
	CHECK_TEXT(err.text, "");
	for (size_t i = 0; i < 2; i++)
		ct_place_clear(&places[i]);
}

TEST(the_controller_is_asked_before_v2)
{
	struct ct_figures figures = { 0 };

	make_tree(root);
	write_file(below(root, "a/web/cpuacct.usage"), "7\n");
	write_file(below(root, "b/web/cpu.stat"), "usage_usec 9\n");
	write_file(below(root, "b/web/pids.current"), "3\n");
	write_file(below(root, "a/web/pids.current"), "99\n"); /* not of this hierarchy's controllers */
	read_all(&figures);
	CHECK_NUMBER(figures.known, CT_BIT(CT_CPU) | CT_BIT(CT_PIDS));
	CHECK_NUMBER(figures.values[CT_CPU], 7);
	CHECK_NUMBER(figures.values[CT_PIDS], 3);
	remove_tree(root);
}

TEST(without_its_file_it_is_looked_for_elsewhere)
{
	struct ct_figures figures = { 0 };

	make_tree(root);
	write_file(below(root, "b/web/cpu.stat"), "usage_usec 9\n");
	write_file(below(root, "a/web/memory.limit_in_bytes"), "9223372036854771712\n");
	write_file(below(root, "b/web/memory.max"), "5\n"); /* v1 has said that there is none */
	read_all(&figures);
	CHECK_NUMBER(figures.known, CT_BIT(CT_CPU));
	CHECK_NUMBER(figures.values[CT_CPU], 9000);
	remove_tree(root);
}
