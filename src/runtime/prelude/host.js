/**
 * The host's services (wit/engine.wit), for strings as JavaScript has them. Only well-formed ones can cross; each
 * lone surrogate goes as U+FFFD.
 */

import host from "qemu-dev:engine/host@0.1.0";

// Their strings are made by the prelude.
export const { closeTransform, copyTransform, crypto, decodeText, openTransform, randomBytes, stepTransform } = host;

/**
 * @param {string} level
 * @param {string} text
 */
export function log(level, text) {
  host.log(level, text.toWellFormed());
}

/**
 * @param {string} input
 * @param {string} [base]
 * @returns {string|undefined}
 */
export function parseUrl(input, base) {
  return host.parseUrl(input.toWellFormed(), base?.toWellFormed());
}

/**
 * @param {string} href
 * @param {string} part
 * @param {string} value
 * @returns {string|undefined}
 */
export function setUrlPart(href, part, value) {
  return host.setUrlPart(href, part, value.toWellFormed());
}

/**
 * @param {string} text
 * @returns {Uint8Array}
 */
export function encodeUtf8(text) {
  return host.encodeUtf8(text.toWellFormed());
}

/**
 * @param {string} label
 * @returns {string|undefined}
 */
export function encodingForLabel(label) {
  return host.encodingForLabel(label.toWellFormed());
}

/**
 * @param {string} operation
 * @param {string} options
 * @param {string[]} values
 * @returns {string}
 */
export function intl(operation, options, values) {
  return host.intl(operation.toWellFormed(), options.toWellFormed(), values.map((value) => value.toWellFormed()));
}
