/*
 * Answers how the C library of this system takes regular expressions.
 *
 * Input, a line each: "i" or "-" (ignore case), a blank, the expression in hexadecimal, and for each subject a blank and
 * the subject in hexadecimal ("." stands for the empty text). Output, a line each: "refused", or "ok", the number of
 * groups and for each subject "no" or the pairs start,end of the match and its groups (-1,-1: took no part), joined by
 * ":". Subjects with NUL bytes end there. "slow": glibc did not come to an end in a second.
 */
#include <regex.h>
#include <setjmp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define MAX_GROUPS 32

static sigjmp_buf given_up;

static void give_up(int signal_number) {
  (void)signal_number;
  siglongjmp(given_up, 1);
}

static char *decode(const char *hex) {
  size_t length = strcmp(hex, ".") == 0 ? 0 : strlen(hex) / 2;
  char *text = malloc(length + 1);
  for (size_t i = 0; i < length; i++) {
    unsigned int byte;
    sscanf(hex + 2 * i, "%2x", &byte);
    text[i] = (char)byte;
  }
  text[length] = '\0';
  return text;
}

static void answer(char *line) {
  char *flag = strtok(line, " \n");
  char *expression = strtok(NULL, " \n");
  if (flag == NULL || expression == NULL) return;
  char *text = decode(expression);
  regex_t compiled;
  if (regcomp(&compiled, text, REG_EXTENDED | (flag[0] == 'i' ? REG_ICASE : 0)) != 0) {
    puts("refused");
    free(text);
    return;
  }
  printf("ok %zu", compiled.re_nsub);
  for (char *hex = strtok(NULL, " \n"); hex != NULL; hex = strtok(NULL, " \n")) {
    char *subject = decode(hex);
    regmatch_t found[MAX_GROUPS];
    if (regexec(&compiled, subject, MAX_GROUPS, found, 0) != 0) {
      printf(" no");
    } else {
      putchar(' ');
      for (size_t group = 0; group <= compiled.re_nsub && group < MAX_GROUPS; group++) {
        printf("%s%d,%d", group == 0 ? "" : ":", found[group].rm_so, found[group].rm_eo);
      }
    }
    free(subject);
  }
  putchar('\n');
  regfree(&compiled);
  free(text);
}

int main(void) {
  char *line = NULL;
  size_t size = 0;
  signal(SIGALRM, give_up);
  while (getline(&line, &size, stdin) != -1) {
    if (sigsetjmp(given_up, 1) == 0) {
      alarm(1);
      answer(line);
      alarm(0);
    } else {
      puts(" slow");
    }
    fflush(stdout);
  }
  free(line);
  return 0;
}
