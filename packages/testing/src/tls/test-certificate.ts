/**
 * A self-signed certificate for `localhost`, `other.localhost`, 127.0.0.1, `blobs.example` and `tokens.example`, its own CA,
 * valid for a hundred years. It and its key are public: they prove nothing, and nothing but tests may trust them.
 */
export const TEST_CERTIFICATE = `-----BEGIN CERTIFICATE-----
MIIB6zCCAZGgAwIBAgIUKuNn7n/EEN2FsWUZA5d5DpFtHJcwCgYIKoZIzj0EAwIw
IzEhMB8GA1UEAwwYV2F5YmlsbCB0ZXN0IGNlcnRpZmljYXRlMCAXDTI2MTEyNTIy
MzE0N1oYDzIxMjYxMTAxMjIzMTQ3WjAjMSEwHwYDVQQDDBhXYXliaWxsIHRlc3Qg
Y2VydGlmaWNhdGUwWTATBgcqhkjOPQIBBggqhkjOPQMBBwNCAASfqKMKWJp7F08y
VzeFLbLlMGIsKzPsCchKWgKf6/c0N8ZRsYhAUI0aSf5RZyoF5fTmjQrkPx/l7Cy1
o5MLECAdo4GgMIGdMB0GA1UdDgQWBBR3I6f/YKk+EvZ6m/8MdVewUm6/KDAfBgNV
HSMEGDAWgBR3I6f/YKk+EvZ6m/8MdVewUm6/KDBKBgNVHREEQzBBgglsb2NhbGhv
c3SHBH8AAAGCD290aGVyLmxvY2FsaG9zdIINYmxvYnMuZXhhbXBsZYIOdG9rZW5z
LmV4YW1wbGUwDwYDVR0TAQH/BAUwAwEB/zAKBggqhkjOPQQDAgNIADBFAiBkfsiP
wO4wxWeA80ftF6qhAMuPDAyBpx9+Iiry5ifF9gIhAML5g5PCVyNpkXiRgSzNoJ8f
WZ7muRsfRitR6D5Vbysy
-----END CERTIFICATE-----
`;

export const TEST_KEY = `-----BEGIN PRIVATE KEY-----
MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgbI68Yx73tkhiXcMK
E5FVn3469T6SMvtGlXbSq2bFa0qhRANCAASfqKMKWJp7F08yVzeFLbLlMGIsKzPs
CchKWgKf6/c0N8ZRsYhAUI0aSf5RZyoF5fTmjQrkPx/l7Cy1o5MLECAd
-----END PRIVATE KEY-----
`;
