// SPDX-License-Identifier: MIT
#include "common/param.h"

#include <inttypes.h>

#include "tests/unit/support.h"

static void parses(const char *name, const char *text, const char *wanted)
{
	struct ct_error err = { 0 };
	autofree char *value = NULL;

	CHECK_NUMBER(ct_param_parse(ct_param_find(name), text, &value, &err), 0);
	CHECK_TEXT(err.text, "");
	CHECK_TEXT(value, wanted);
}

static void refuses(const char *name, const char *text, int code, const char *wanted)
{
	struct ct_error err = { 0 };
	char *value = NULL;

	CHECK_FAILURE(ct_param_parse(ct_param_find(name), text, &value, &err), err, code, wanted);
	CHECK(!value);
}

/* One write a line: "FILE: TEXT". */
static void writes(const char *name, const char *value, const char *const texts[CT_PARAM_FILES],
		   const char *wanted)
{
	const struct ct_param *param = ct_param_find(name);
	struct ct_param_writes list = { 0 };
	struct ct_error err = { 0 };
	char got[512] = "";

	CHECK_NUMBER(param->how->write(value, texts, &list, &err), 0);
	for (size_t i = 0; i < list.count; i++) {
		char file[CT_PARAM_NAME];

		CHECK(ct_param_v1_file(param, name, list.items[i].file, file));
		snprintf(got + strlen(got), sizeof(got) - strlen(got), "%s: %s\n", file, list.items[i].text);
	}
	CHECK_TEXT(got, wanted);
}

static void reads(const char *name, const char *const texts[CT_PARAM_FILES], const char *wanted)
{
	autofree char *value = NULL;

	CHECK_NUMBER(ct_param_find(name)->how->read(texts, &value), 0);
	CHECK_TEXT(value, wanted);
}

static const char none[] = "9223372036854771712\n";

TEST(the_table_names_each_file_once)
{
	for (size_t i = 0; i < ct_params_count; i++) {
		const struct ct_param *param = &ct_params[i];
		char takes[160];

		CHECK(ct_param_find(param->name) == param || strstr(param->name, "SIZE"));
		CHECK(param->only_v1 ? !param->controller && param->v1_controller : param->controller != NULL);
		CHECK(!param->v1 == !param->v1_controller);
		CHECK(!param->how || (param->how->read && (param->how->write || param->takes == CT_TAKES_NOTHING)));
		CHECK(param->takes != CT_TAKES_WORD || param->words);
		CHECK((param->takes != CT_TAKES_NUMBER && param->takes != CT_TAKES_COUNT) || param->most > param->least);
		ct_param_takes(param, takes, sizeof(takes));
		CHECK(*takes);
		for (size_t j = 0; j < i; j++)
			CHECK(strcmp(param->name, ct_params[j].name) != 0);
	}
}

/* What a default says must be something that may be set. */
TEST(defaults_can_be_set)
{
	for (size_t i = 0; i < ct_params_count; i++) {
		const struct ct_param *param = &ct_params[i];
		struct ct_error err = { 0 };
		autofree char *value = NULL;

		if (!param->initial || !*param->initial || param->takes == CT_TAKES_ACTION)
			continue;
		CHECK_NUMBER(ct_param_parse(param, param->initial, &value, &err), 0);
		CHECK_TEXT(err.text, "");
		CHECK_TEXT(value, param->initial);
	}
}

TEST(sizes_of_huge_pages)
{
	const struct ct_param *param = ct_param_find("hugetlb.2MB.rsvd.max");
	char name[CT_PARAM_NAME];

	if (!CHECK(param != NULL))
		return;
	CHECK_TEXT(param->name, "hugetlb.SIZE.rsvd.max");
	CHECK(ct_param_v1_file(param, "hugetlb.2MB.rsvd.max", 0, name));
	CHECK_TEXT(name, "hugetlb.2MB.rsvd.limit_in_bytes");
	CHECK(!ct_param_v1_file(param, "hugetlb.2MB.rsvd.max", 1, name));
	param = ct_param_find_v1("hugetlb.1GB.limit_in_bytes", false);
	ct_param_name_of(param, "hugetlb.1GB.limit_in_bytes", name);
	CHECK_TEXT(name, "hugetlb.1GB.max");
	CHECK(!ct_param_find("hugetlb.MB.max"));
	CHECK(!ct_param_find("hugetlb.2M.max"));
	CHECK(!ct_param_find("hugetlb.2MB."));
}

TEST(files_of_v1)
{
	CHECK_TEXT(ct_param_find_v1("cpu.shares", false)->name, "cpu.weight");
	CHECK_TEXT(ct_param_find_v1("memory.memsw.limit_in_bytes", false)->name, "memory.swap.max");
	CHECK_TEXT(ct_param_find_v1("cpu.cfs_period_us", true)->name, "cpu.max");
	CHECK_TEXT(ct_param_find_v1("cpu.cfs_period_us", false)->name, "cpu.cfs_period_us");
	CHECK(!ct_param_find_v1("memory.high", true));
}

TEST(what_is_typed)
{
	parses("memory.max", "64M", "67108864");
	parses("memory.max", "infinity", "max");
	parses("cpu.weight", "100", "100");
	parses("cpu.max", "50%", "50%");
	parses("cpu.max", "50% 50000", "50% 50000");
	parses("cpu.max", "max", "max");
	parses("cpu.max", "20000 100000", "20000 100000");
	parses("cpu.uclamp.max", "12.5", "12.50");
	parses("cpu.uclamp.max", "12.5%", "12.50");
	parses("cpu.uclamp.max", "00000000000000000000000000000050", "50.00");
	parses("io.weight", "200", "default 200");
	parses("io.weight", "8:16 200", "8:16 200");
	parses("io.weight", "8:16 default", "8:16 default");
	parses("io.max", "8:16 rbps=1M  wiops=max", "8:16 rbps=1048576 wiops=max");
	parses("subtree", "+cpu,+memory -io", "+cpu +memory -io");
	parses("subtree", "", "");
	parses("cpuset.cpus", "0-3,8", "0-3,8");
	parses("cpuset.cpus.partition", "isolated", "isolated");
	parses("cgroup.max.depth", "max", "max");
	parses("no.such", "as it is", "as it is");
}

TEST(what_is_mistyped)
{
	refuses("memory.current", "1", EINVAL, "it is for reading");
	refuses("cgroup.procs", "1", EINVAL, "it is no parameter: ctattach moves tasks, ctkill ends them");
	refuses("memory.max", "-1", EINVAL, "'-1' is negative; max is no limit");
	refuses("cpu.weight", "0", ERANGE, "0 is not from 1 to 10000");
	refuses("cpu.weight.nice", "20", ERANGE, "20 is not from -20 to 19");
	refuses("pids.max", "4194305", ERANGE, "4194305 is not from 0 to 4194304");
	refuses("cpu.max", "999", ERANGE,
		"the quota, in microseconds; 50% is half of a CPU: 999 is not from 1000 to 9223372036854775");
	refuses("cpu.max", "max 999", ERANGE, "the period, in microseconds: 999 is not from 1000 to 1000000");
	refuses("cpu.max", "50M", EINVAL, "the quota, in microseconds; 50% is half of a CPU: '50M' is no number");
	refuses("cpu.uclamp.min", "100.01", ERANGE, "'100.01' is more than 100%");
	refuses("io.max", "sda rbps=1", EINVAL, "'sda' is no device: give 8:16 (MAJOR:MINOR) or /dev/sdb");
	refuses("io.max", "/dev/null rbps=1", EINVAL, "'/dev/null' is no block device");
	refuses("io.max", "8:0", EINVAL, "what limit for 8:0? rbps=10M is one");
	refuses("io.max", "8:0 ", EINVAL, "what limit for 8:0? rbps=10M is one");
	refuses("io.max", "8:0 bps=1", EINVAL, "'bps' is no limit: rbps=, wbps=, riops= and wiops= are");
	refuses("io.max", "8:0 rbps=1 riops=1 rbps=2", EINVAL, "'rbps' is given twice");
	refuses("io.max", "8:0 riops=1M", EINVAL, "riops: '1M' is no number");
	refuses("io.max", "8:0 rbps=0", ERANGE, "rbps: 0 would let nothing through; max is no limit");
	refuses("io.weight", "8:0 0", ERANGE, "0 is not from 1 to 10000");
	refuses("io.bfq.weight", "1001", ERANGE, "1001 is not from 1 to 1000");
	refuses("subtree", "+cpu,io", EINVAL, "'+cpu,io': a sign before each, or before none");
	refuses("subtree", "+", EINVAL, "'+' is no controller: +memory,-io is what it takes");
	refuses("cpuset.cpus.partition", "roots", EINVAL, "'roots' is none of member|root|isolated");
	refuses("net_cls.classid", "1\n2", EINVAL, "'1\n2' has a control character in it");
}

static void completes(const char *name, const char *value, const char *now, const char *wanted)
{
	struct ct_error err = { 0 };
	autofree char *complete = NULL;

	CHECK_NUMBER(ct_param_complete(ct_param_find(name), value, now, &complete, &err), 0);
	CHECK_TEXT(complete, wanted);
}

TEST(what_depends_on_the_present)
{
	struct ct_error err = { 0 };
	char *value = NULL;

	completes("cpu.max", "50%", "max 100000", "50000 100000");
	completes("cpu.max", "150%", "max 20000", "30000 20000");
	completes("cpu.max", "50% 10000", "max 20000", "5000 10000");
	completes("cpu.max", "max", "1000 20000", "max 20000");
	completes("cpu.max", "7000", "1000 20000", "7000 20000");
	CHECK_FAILURE(ct_param_complete(ct_param_find("cpu.max"), "0.5%", "max 100000", &value, &err), err, ERANGE,
		      "0.5% of 100000 microseconds is less than 1000, the least quota; a longer period helps");
	completes("subtree", "+cpu", "memory", "+cpu");
	completes("subtree", "cpu io", "io memory", "-memory +cpu");
	completes("subtree", "", "io", "-io");
	completes("subtree", "io", "io", "");
}

TEST(memory_and_swap)
{
	static const char *const free_[] = { none, none, "", "" };
	static const char *const no_swap[] = { none, "", "", "" };
	static const char *const both[] = { "1000\n", "1500\n", "", "" };
	static const char *const swapped[] = { "1500\n", "1000\n", "", "" };
	static const char *const unlimited[] = { none, none, "", "" };
	struct ct_param_writes list = { 0 };
	struct ct_error err = { 0 };

	reads("memory.max", free_, "max");
	reads("memory.max", both, "1000");
	writes("memory.max", "4096", free_, "memory.limit_in_bytes: 4096\n");
	writes("memory.max", "4096", no_swap, "memory.limit_in_bytes: 4096\n");
	/* neither is ever more than both together */
	writes("memory.max", "2000", both, "memory.memsw.limit_in_bytes: 2500\nmemory.limit_in_bytes: 2000\n");
	writes("memory.max", "500", both, "memory.limit_in_bytes: 500\nmemory.memsw.limit_in_bytes: 1000\n");
	writes("memory.max", "max", both, "memory.memsw.limit_in_bytes: -1\nmemory.limit_in_bytes: -1\n");
	reads("memory.swap.max", swapped, "500");
	reads("memory.swap.max", unlimited, "max");
	writes("memory.swap.max", "0", swapped, "memory.memsw.limit_in_bytes: 1000\n");
	writes("memory.swap.max", "max", swapped, "memory.memsw.limit_in_bytes: -1\n");
	CHECK_FAILURE(ct_param_find("memory.swap.max")->how->write("1", unlimited, &list, &err), err, EINVAL,
		      "v1 limits swap together with memory, which has no limit here; set memory.max before it");
	reads("memory.low", free_, "0");
	writes("memory.low", "0", free_, "memory.soft_limit_in_bytes: -1\n");
	CHECK_FAILURE(ct_param_find("memory.low")->how->write("max", free_, &list, &err), err, EINVAL,
		      "v1's soft limit protects a number of bytes, not all; give one");
	CHECK_FAILURE(ct_param_find("memory.low")->how->write("9223372036854775807", free_, &list, &err), err, EINVAL,
		      "v1's soft limit protects a number of bytes, not all; give one");
}

TEST(quota_and_period)
{
	static const char *const open_[] = { "-1\n", "100000\n", "", "" };
	static const char *const half[] = { "50000\n", "100000\n", "", "" };

	reads("cpu.max", open_, "max 100000");
	reads("cpu.max", half, "50000 100000");
	writes("cpu.max", "20000 100000", half, "cpu.cfs_quota_us: 20000\n");
	writes("cpu.max", "max 100000", half, "cpu.cfs_quota_us: -1\n");
	writes("cpu.max", "2000 20000", half,
	       "cpu.cfs_quota_us: -1\ncpu.cfs_period_us: 20000\ncpu.cfs_quota_us: 2000\n");
}

TEST(frozen)
{
	static const char *const own[] = { "FROZEN\n", "1\n", "", "" };
	static const char *const above[] = { "FROZEN\n", "0\n", "", "" };
	static const char *const old[] = { "FREEZING\n", "", "", "" };

	reads("cgroup.freeze", own, "1");
	reads("cgroup.freeze", above, "0");
	reads("cgroup.freeze", old, "1");
	writes("cgroup.freeze", "1", old, "freezer.state: FROZEN\n");
	writes("cgroup.freeze", "0", old, "freezer.state: THAWED\n");
}

TEST(devices)
{
	static const char *const some[] = { "8:0 100\n8:16 200\n", "", "8:16 5\n", "7:0 9\n" };
	static const char *const empty[] = { "", "", "", "" };
	static const char *const weights[] = { "181\n", "default 181\n8:16 50\n", "", "" };

	reads("io.max", empty, "");
	reads("io.max", some, "8:0 rbps=100 wbps=max riops=max wiops=max\n"
			      "8:16 rbps=200 wbps=max riops=5 wiops=max\n"
			      "7:0 rbps=max wbps=max riops=max wiops=9");
	writes("io.max", "8:0 rbps=max wiops=7", some,
	       "blkio.throttle.read_bps_device: 8:0 0\nblkio.throttle.write_iops_device: 8:0 7\n");
	writes("io.max", "8:0 rbps=4294967296 riops=4294967296", some,
	       "blkio.throttle.read_bps_device: 8:0 4294967296\nblkio.throttle.read_iops_device: 8:0 4294967295\n");
	reads("io.weight", weights, "default 991\n8:16 50");
	writes("io.weight", "default 1000", weights, "blkio.bfq.weight: 181\n");
	writes("io.weight", "8:16 10000", weights, "blkio.bfq.weight_device: 8:16 1000\n");
	writes("io.weight", "8:16 default", weights, "blkio.bfq.weight_device: 8:16 0\n");
}

TEST(exclusive_cpus)
{
	static const char *const on[] = { "1\n", "0-1\n", "", "" };
	static const char *const off[] = { "0\n", "0-1\n", "", "" };
	struct ct_param_writes list = { 0 };
	struct ct_error err = { 0 };

	reads("cpuset.cpus.exclusive", on, "0-1");
	reads("cpuset.cpus.exclusive", off, "");
	writes("cpuset.cpus.exclusive", "0,1", off, "cpuset.cpu_exclusive: 1\n");
	writes("cpuset.cpus.exclusive", "", on, "cpuset.cpu_exclusive: 0\n");
	CHECK_FAILURE(ct_param_find("cpuset.cpus.exclusive")->how->write("0", on, &list, &err), err, EINVAL,
		      "in v1 all CPUs of a container are exclusive or none: give its cpuset.cpus, '0-1', or ''");
}

/* Whatever v1 says comes back as it was, or within what ct-parameters(7) says of its rounding. */
static void round_trip(const char *name, const char *const now[CT_PARAM_FILES], uint64_t number)
{
	const struct ct_param *param = ct_param_find(name);
	struct ct_param_writes list = { 0 };
	struct ct_error err = { 0 };
	char text[32];
	const char *const texts[] = { text, now[1], now[2], now[3] };
	autofree char *value = NULL;

	snprintf(text, sizeof(text), "%" PRIu64 "\n", number);
	CHECK_NUMBER(param->how->read(texts, &value), 0);
	CHECK_NUMBER(param->how->write(value, texts, &list, &err), 0);
	CHECK_NUMBER(strtoull(list.items[list.count - 1].text, NULL, 10), number);
}

TEST(v1_to_v2_and_back)
{
	static const char *const plain[] = { "", "", "", "" };
	static const char *const quota[] = { "", "100000\n", "", "" };
	static const char *const swap[] = { "", "4096\n", "", "" };

	for (uint64_t number = 1; number < INT64_MAX - (UINT64_C(1) << 41); number = number * 3 + 1) {
		round_trip("hugetlb.2MB.max", plain, number);
		round_trip("memory.max", plain, number);
		round_trip("memory.low", plain, number);
		round_trip("cpu.max", quota, number);
		round_trip("memory.swap.max", swap, number + 4096);
	}
	round_trip("cpu.weight", plain, 2);
	round_trip("cpu.weight", plain, 262144);
	round_trip("io.weight", plain, 1);
	round_trip("io.weight", plain, 1000);
}

TEST(for_a_person)
{
	autofree char *size = ct_param_human(ct_param_find("memory.max"), "536870912");
	autofree char *part = ct_param_human(ct_param_find("cpu.max"), "50000 100000");
	autofree char *odd = ct_param_human(ct_param_find("cpu.max"), "12345 100000");
	autofree char *open_ = ct_param_human(ct_param_find("cpu.max"), "max 100000");
	autofree char *count = ct_param_human(ct_param_find("pids.current"), "4096");
	autofree char *raw = ct_param_human(NULL, "4096");

	CHECK_TEXT(size, "512M");
	CHECK_TEXT(part, "50%");
	CHECK_TEXT(odd, "12.34%");
	CHECK_TEXT(open_, "max");
	CHECK_TEXT(count, "4096");
	CHECK_TEXT(raw, "4096");
}

static void units(const char *name, const char *value, const char *wanted)
{
	autofree char *text = ct_param_units(ct_param_find(name), value);

	CHECK_TEXT(text, wanted);
}

/* What is written so is to be read again, and be the same. */
TEST(for_a_person_but_exact)
{
	units("memory.max", "536870912", "512M");
	units("memory.max", "536875008", "524292K");
	units("memory.max", "4398046511104", "4T");
	units("memory.max", "4503599627370496", "4096T");
	units("memory.max", "1025", "1025");
	units("memory.low", "0", "0");
	units("hugetlb.2MB.max", "4194304", "4M");
	units("memory.max", "max", "max");
	units("cpu.max", "50000 100000", "50%");
	units("cpu.max", "12340 100000", "12.34%");
	units("cpu.max", "12345 100000", "12345 100000");
	units("cpu.max", "12345 54321", "12345 54321");
	units("cpu.max", "max 100000", "max");
	units("cpu.max", "max 50000", "max 50000");
	units("pids.max", "4096", "4096");
}
