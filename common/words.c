// SPDX-License-Identifier: MIT
#include "common/words.h"

#include <stdlib.h>
#include <string.h>

#include <bsd/string.h>

#include "common/cleanup.h"

bool ct_words_have(const char *words, const char *word)
{
	size_t length = strlen(word);
	const char *at = words;

	while (length && (at = strstr(at, word)) &&
	       !((at == words || at[-1] == ' ') && (at[length] == ' ' || !at[length])))
		at += length;
	return length && at;
}

char *ct_words_without(const char *available, const char *enabled)
{
	autofree char *copy = strdup(available), *words = calloc(1, strlen(available) + 1);
	char *rest = copy, *word;

	if (!copy || !words)
		return NULL;
	while ((word = strsep(&rest, " "))) {
		if (!*word || ct_words_have(enabled, word))
			continue;
		strlcat(words, *words ? " " : "", strlen(available) + 1);
		strlcat(words, word, strlen(available) + 1);
	}
	return ct_take_ptr(words);
}
