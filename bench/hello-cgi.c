/* The smallest CGI program: what is measured is the start of it. */
#include <stdio.h>

int main(void) {
  puts("Content-Type: text/plain\r\n\r\nhello world");
  return 0;
}
