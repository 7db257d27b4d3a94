// SPDX-License-Identifier: MIT
#include "common/owner.h"

#include <errno.h>
#include <grp.h>
#include <pwd.h>
#include <stdlib.h>
#include <string.h>

#include "common/cleanup.h"
#include "common/value.h"

static int parse_user(const char *text, uid_t *ret_uid, struct ct_error *err)
{
	const struct passwd *user = getpwnam(text);
	struct ct_error none = { 0 };
	int64_t number = 0;

	if (!user && ct_value_number(text, 0, UINT32_MAX - 1, &number, &none) < 0)
		return ct_failx(err, EINVAL, "there is no user '%s'", text);
	*ret_uid = user ? user->pw_uid : (uid_t)number;
	return 0;
}

static int parse_group(const char *text, gid_t *ret_gid, struct ct_error *err)
{
	const struct group *group = getgrnam(text);
	struct ct_error none = { 0 };
	int64_t number = 0;

	if (!group && ct_value_number(text, 0, UINT32_MAX - 1, &number, &none) < 0)
		return ct_failx(err, EINVAL, "there is no group '%s'", text);
	*ret_gid = group ? group->gr_gid : (gid_t)number;
	return 0;
}

int ct_owner_parse(const char *text, uid_t *uid, gid_t *gid, struct ct_error *err)
{
	autofree char *user = strdup(text);
	char *group;
	int result = 0;

	if (!user)
		return ct_failx(err, ENOMEM, "out of memory");
	group = strchr(user, ':');
	if (group)
		*group++ = '\0';
	if (!*user && !(group && *group))
		return ct_failx(err, EINVAL, "'%s' names no owner: UID:GID, UID or :GID", text);
	if (*user)
		result = parse_user(user, uid, err);
	if (result >= 0 && group && *group)
		result = parse_group(group, gid, err);
	return result;
}

int ct_owner_parse_mode(const char *text, mode_t *ret_mode, struct ct_error *err)
{
	mode_t mode;

	if (!*text || strspn(text, "01234567") != strlen(text) || strlen(text) > 5)
		return ct_failx(err, EINVAL, "'%s' is no octal mode such as 0750", text);
	mode = (mode_t)strtoul(text, NULL, 8);
	if (mode > 07777)
		return ct_failx(err, EINVAL, "'%s' is more than 7777", text);
	*ret_mode = mode;
	return 0;
}
