// Package outbound makes connections to other machines that nothing in the
// environment can turn aside. Questions to services, messages to the owner and
// copies of the audit trail go out through it.
//
// What holds:
//
//   - No proxy is taken from HTTP_PROXY and its kin, and no authority to trust
//     from SSL_CERT_FILE or SSL_CERT_DIR: whoever gets one of them set in the
//     owner's shell would read all of it.
//   - A redirect is never followed.
//   - Certificates are always checked.
package outbound
