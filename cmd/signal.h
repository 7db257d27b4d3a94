/* SPDX-License-Identifier: MIT */
/* The names of signals. They are our own: sigabbrev_np(3) is in few C libraries. */
#pragma once

/* "TERM"; NULL if it has none, as the real-time ones. */
const char *signal_name(int number);

/* From "TERM", "SIGTERM", "15", "RTMIN+1", in any case; 0 if it is none of these. */
int signal_number(const char *word);
