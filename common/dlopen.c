// SPDX-License-Identifier: MIT
#include "common/dlopen.h"

#include <dlfcn.h>
#include <errno.h>
#include <string.h>

int ct_dlopen(const char *soname, const char *package, const struct ct_symbol *symbols,
	      size_t count, struct ct_error *err)
{
	void *library = dlopen(soname, RTLD_NOW | RTLD_LOCAL);

	if (!library)
		return ct_failx(err, ENOENT, "cannot load %s (%s): install it, for example %s", soname,
				dlerror(), package);
	for (size_t i = 0; i < count; i++) {
		void *symbol = dlsym(library, symbols[i].name);

		if (!symbol)
			return ct_failx(err, ENOSYS, "%s has no %s: it is too old", soname,
					symbols[i].name);
		memcpy(symbols[i].slot, &symbol, sizeof(symbol));
	}
	return 0;
}
