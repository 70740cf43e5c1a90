/**
 * `request.cf` of requests that come from outside: what Cloudflare knows about a client, for one at home.
 * https://developers.cloudflare.com/workers/runtime-apis/request/#incomingrequestcfproperties
 */

/**
 * Plausible values. The number of the network is one that is reserved for documentation.
 * @returns {object} one of its own for each request, as Workers may change it
 */
export function createIncomingCf() {
  return {
    asn: 64496,
    asOrganization: "Local Network",
    city: "Lisbon",
    clientAcceptEncoding: "gzip, deflate, br",
    clientTcpRtt: 1,
    colo: "LIS",
    continent: "EU",
    country: "PT",
    edgeRequestKeepAliveStatus: 1,
    httpProtocol: "HTTP/1.1",
    isEUCountry: "1",
    latitude: "38.72635",
    longitude: "-9.14843",
    postalCode: "1000-001",
    region: "Lisbon",
    regionCode: "11",
    requestPriority: "",
    timezone: "Europe/Lisbon",
    tlsCipher: "AEAD-AES128-GCM-SHA256",
    tlsVersion: "TLSv1.3",
    tlsClientAuth: {
      certPresented: "0",
      certVerified: "NONE",
      certRevoked: "0",
      certIssuerDN: "",
      certSubjectDN: "",
      certIssuerDNRFC2253: "",
      certSubjectDNRFC2253: "",
      certIssuerDNLegacy: "",
      certSubjectDNLegacy: "",
      certSerial: "",
      certIssuerSerial: "",
      certSKI: "",
      certIssuerSKI: "",
      certFingerprintSHA1: "",
      certFingerprintSHA256: "",
      certNotBefore: "",
      certNotAfter: "",
    },
  };
}
