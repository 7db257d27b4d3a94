// SPDX-License-Identifier: MIT
#include <dlfcn.h>
#include <errno.h>

#include "common/audit.h"
#include "common/audit_text.h"
#include "tests/unit/check.h"

static const char *encoded(const char *value, size_t most)
{
	static char text[512];

	text[0] = '\0';
	ct_audit_encode(text, sizeof(text), "vm", value, most);
	return text;
}

TEST(plain_values_stand_between_quotes)
{
	CHECK_TEXT(encoded("web/frontend", 100), " vm=\"web/frontend\"");
	CHECK_TEXT(encoded("a=b,c;{}\\$%~!", 100), " vm=\"a=b,c;{}\\$%~!\"");
	CHECK_TEXT(encoded("", 100), " vm=\"\"");
}

TEST(what_could_be_taken_for_something_else_is_hexadecimal)
{
	CHECK_TEXT(encoded("a b", 100), " vm=612062");
	CHECK_TEXT(encoded("\"", 100), " vm=22");
	CHECK_TEXT(encoded("x' res=success", 100), " vm=7827207265733D73756363657373");
	CHECK_TEXT(encoded("a\nb\x1b\x7f", 100), " vm=610A621B7F");
	CHECK_TEXT(encoded("caf\xc3\xa9", 100), " vm=636166C3A9");
	CHECK_TEXT(encoded("\xff", 100), " vm=FF");
}

TEST(what_is_too_long_is_cut_and_says_so)
{
	CHECK_TEXT(encoded("0123456789", 10), " vm=\"0123456789\"");
	CHECK_TEXT(encoded("0123456789a", 10), " vm=\"0123456...\"");
	CHECK_TEXT(encoded("0 23", 8), " vm=30203233");
	CHECK_TEXT(encoded("0 234", 8), " vm=302E2E2E");
}

/* Whatever libaudit would encode is encoded, and the same way. */
TEST(as_libaudit_does_it)
{
	void *library = dlopen("libaudit.so.1", RTLD_NOW);
	char *(*encode)(const char *name, const char *value, unsigned length);
	void *symbol = library ? dlsym(library, "audit_encode_nv_string") : NULL;

	if (!symbol)
		SKIP("libaudit.so.1 is not installed");
	memcpy(&encode, &symbol, sizeof(encode));
	for (int byte = 1; byte < 256; byte++) {
		const char value[] = { 'a', (char)byte, '\0' };
		char *theirs = encode("vm", value, 0);

		if (byte != '\'') /* theirs stands between such in the log all the same */
			CHECK_TEXT(encoded(value, 100) + 1, theirs);
		free(theirs);
	}
}

static const char *record_text(const struct ct_audit *record)
{
	static char text[CT_AUDIT_TEXT];

	ct_audit_text(record, "ctfoo", text);
	return text;
}

TEST(a_record_has_what_is_known)
{
	const pid_t pids[] = { 17, 4 };

	CHECK_TEXT(record_text(&(struct ct_audit){ .op = "create", .container = "web" }),
		   "virt=ct op=create reason=ctfoo vm=\"web\"");
	CHECK_TEXT(record_text(&(struct ct_audit){ .op = "set", .container = "web", .hierarchies = "v2,name=a",
						   .command = "pids.max=5", .error = EBUSY }),
		   "virt=ct resrc=cgroup op=set reason=ctfoo vm=\"web\" cgroup=\"v2,name=a\" cmd=\"pids.max=5\" errno=16");
	CHECK_TEXT(record_text(&(struct ct_audit){ .op = "mount", .path = "/a b", .filesystem = "cpu" }),
		   "virt=ct op=mount reason=ctfoo path=2F612062 new-fs=\"cpu\"");
	CHECK_TEXT(record_text(&(struct ct_audit){ .op = "kill", .signal = 9, .pids = pids, .count = 2 }),
		   "virt=ct op=kill reason=ctfoo sig=9 vm-pid=17,4");
}

TEST(of_many_processes_the_first_are_named_and_the_others_counted)
{
	enum { MANY = 10000 };
	static pid_t pids[MANY];
	struct ct_audit record = { .op = "attach", .pids = pids, .count = MANY };
	const char *plus;
	size_t named = 1;

	for (int i = 0; i < MANY; i++)
		pids[i] = 1000000 + i;
	plus = strstr(record_text(&record), ",+");
	if (!CHECK(plus))
		return;
	for (const char *at = strstr(record_text(&record), "vm-pid="); at < plus; at++)
		named += *at == ',';
	CHECK(named > 100);
	CHECK_NUMBER(strtol(plus + 2, NULL, 10), MANY - (long)named);
}

/* libaudit cuts at 8970, and what it adds stands at the end. */
TEST(the_longest_record_leaves_room_for_the_result)
{
	static char name[5000], labels[2000], command[4000];
	static pid_t pids[2000];
	const struct ct_audit record = { .op = "exec", .container = name, .hierarchies = labels, .command = command,
					 .signal = 64, .pids = pids, .count = 2000, .error = 133 };
	const char *text;

	memset(name, ' ', sizeof(name) - 1);
	memset(labels, '"', sizeof(labels) - 1);
	memset(command, 0xff, sizeof(command) - 1);
	for (size_t i = 0; i < 2000; i++)
		pids[i] = 4194304;
	text = record_text(&record);
	CHECK(strlen(text) < CT_AUDIT_TEXT - 1);
	CHECK_TEXT(text + strlen(text) - strlen(" errno=133"), " errno=133");
}

TEST(the_environment_decides)
{
	struct ct_error err = { 0 };

	setenv("CT_AUDIT", "off", 1);
	CHECK_NUMBER(ct_audit_begin("ctfoo", &err), 0);
	CHECK(!ct_audit_on());
	CHECK(!ct_audit_required());
	CHECK_NUMBER(ct_audit_write(&(struct ct_audit){ .op = "create" }, &err), 0);
	CHECK(!ct_audit_lost(&err));
	setenv("CT_AUDIT", "0", 1);
	CHECK_NUMBER(ct_audit_begin("ctfoo", &err), -EINVAL);
	CHECK_TEXT(err.text, "CT_AUDIT=0: it is off, auto or require");
	setenv("CT_AUDIT", "", 1);
	CHECK_NUMBER(ct_audit_begin("ctfoo", &err), 0);
}
