/* SPDX-License-Identifier: MIT */
/* Lists of words with blanks between, as the kernel writes controllers. */
#pragma once

#include <stdbool.h>

bool ct_words_have(const char *words, const char *word);

/* The words of available that enabled lacks, for the caller to free; NULL without memory. */
char *ct_words_without(const char *available, const char *enabled);
