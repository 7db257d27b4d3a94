/* SPDX-License-Identifier: MIT */
/* Which rule of a parameter the kernel means by an errno, where that is known. */
#pragma once

/*
 * The rule by which v1 or v2 refuses the parameter, called by its name in either, with code; NULL: none
 * of its own. EACCES and EPERM: of one that may be written.
 */
const char *ct_refusal_rule(const char *name, unsigned version, int code);
