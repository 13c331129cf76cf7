/* Counts the requests that this process has answered, and echoes the body of a POST. */
#include <fcgi_stdio.h>
#include <stdlib.h>
#include <unistd.h>

int main(void) {
    unsigned long requests = 0;

    while (FCGI_Accept() >= 0) {
        const char *method = getenv("REQUEST_METHOD");
        const char *uri = getenv("REQUEST_URI");
        int byte;

        requests++;
        printf("Content-Type: text/plain\r\n\r\n");
        printf("request %lu of process %d\n", requests, (int)getpid());
        printf("%s %s\n", method == NULL ? "-" : method, uri == NULL ? "-" : uri);
        while ((byte = getchar()) != EOF) putchar(byte);
    }
    return 0;
}
