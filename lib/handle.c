// SPDX-License-Identifier: MIT
#include "lib/handle.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include <bsd/string.h>

#include "common/cleanup.h"
#include "common/root.h"

void calm_begin(struct calm *calm)
{
	calm->number = errno;
	pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &calm->state);
}

void calm_end(const struct calm *calm)
{
	pthread_setcancelstate(calm->state, NULL);
	errno = calm->number;
}

int handle_tell(struct libct_error *ret_err, int result, const struct ct_error *err)
{
	if (result >= 0 || !ret_err)
		return result;
	ret_err->code = -result;
	ret_err->torn = err->torn;
	strlcpy(ret_err->text, err->text, sizeof(ret_err->text));
	return result;
}

int handle_check(const struct libct *ct, const char *container, uint64_t flags, uint64_t known,
		 struct ct_error *err)
{
	if (!ct)
		return ct_failx(err, EINVAL, "there is no handle: libct_open() makes one");
	if (!container)
		return ct_failx(err, EINVAL, "which container? there is no name");
	if (flags & ~known)
		return ct_failx(err, EINVAL, "%s: flag 0x%llx means nothing here", container,
				(unsigned long long)(flags & ~known));
	return 0;
}

int handle_take(void *ret_own, size_t known, const void *given, struct ct_error *err)
{
	const unsigned char *bytes = given;
	size_t size;

	memcpy(&size, given, sizeof(size));
	if (size < 2 * sizeof(size))
		return ct_failx(err, EINVAL, "the structure has no size: begin with its LIBCT_…_INIT");
	for (size_t i = known; i < size; i++)
		if (bytes[i])
			return ct_failx(err, E2BIG, "the structure asks for what libct %s does not know yet", VERSION);
	memset(ret_own, 0, known);
	memcpy(ret_own, given, size < known ? size : known);
	return 0;
}

int handle_hierarchies(const struct libct *ct, bool for_new, struct ct_hierarchies *ret_all, struct ct_error *err)
{
	int result = ct_hierarchies_open(ret_all, "", err);

	if (result >= 0)
		result = ct_root_find(ret_all, ct->root ? ct->root : secure_getenv("CT_ROOT"), err);
	return result < 0 ? result : ct_hierarchies_select(ret_all, ct->hierarchies, for_new, err);
}

bool handle_is_exact(const struct libct *ct)
{
	return ct->hierarchies && strcmp(ct->hierarchies, "all") != 0;
}

int handle_container(const struct libct *ct, const char *name, struct ct_hierarchies *ret_all,
		     struct ct_container *ret_container, struct ct_error *err)
{
	int result = handle_hierarchies(ct, false, ret_all, err);

	if (result < 0)
		return result;
	result = ct_container_open(ret_all, name, handle_is_exact(ct), ret_container, err);
	return result < 0 ? ct_fail_in(err, "%s", name) : 0;
}

static int make_handle(const char *root, const char *hierarchies, struct libct **ret_ct, struct ct_error *err)
{
	ct_cleanup(ct_hierarchies_clear) struct ct_hierarchies all = { .proc = -1 };
	struct libct given = { .root = (char *)(uintptr_t)root, .hierarchies = (char *)(uintptr_t)hierarchies }, *ct;
	int result = handle_hierarchies(&given, false, &all, err);

	if (result < 0)
		return result;
	ct = calloc(1, sizeof(*ct));
	if (ct && ((root && !(ct->root = strdup(root))) ||
		   (hierarchies && !(ct->hierarchies = strdup(hierarchies))))) {
		libct_close(ct);
		ct = NULL;
	}
	if (!ct)
		return ct_failx(err, ENOMEM, "out of memory");
	*ret_ct = ct;
	return 0;
}

LIBCT_PUBLIC int libct_open(const char *root, const char *hierarchies, struct libct **ret_ct,
			    struct libct_error *ret_err)
{
	struct ct_error err = { 0 };
	CALM;

	return handle_tell(ret_err, make_handle(root, hierarchies, ret_ct, &err), &err);
}

LIBCT_PUBLIC void libct_close(struct libct *ct)
{
	CALM;

	if (!ct)
		return;
	free(ct->root);
	free(ct->hierarchies);
	free(ct);
}

LIBCT_PUBLIC const char *libct_version(void)
{
	return VERSION;
}
