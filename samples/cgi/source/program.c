#include <stdio.h>
#include <stdlib.h>

static const char *variable(const char *name) {
    const char *value = getenv(name);
    return value == NULL ? "" : value;
}

int main(void) {
    size_t length = 0;
    while (getchar() != EOF) length++;

    printf("Content-Type: text/plain\r\n\r\n");
    printf("%s from C, %s\n", variable("GREETING"), variable("QUERY_STRING"));
    printf("method %s, body of %zu bytes\n", variable("REQUEST_METHOD"), length);
    return 0;
}
