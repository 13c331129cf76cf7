/* The smallest FastCGI application: what is measured with it is the web server. */
#include <fcgiapp.h>

int main(void) {
    FCGX_Request request;

    FCGX_Init();
    FCGX_InitRequest(&request, 0, 0);
    while (FCGX_Accept_r(&request) == 0) {
        FCGX_PutS("Content-Type: text/plain\r\n\r\nhello world\n", request.out);
        FCGX_Finish_r(&request);
    }
    return 0;
}
