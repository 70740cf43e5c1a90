//! What one call brings and takes back.

use std::collections::HashMap;

use rsa::BigUint;
use serde_json::Value;

use super::failure::{Result, data, unsupported};
use super::hash::Hash;

/// Parameters and bytes of one operation, as the prelude gives them. The prelude has checked what the user
/// gave; a mistake in what arrives here is still no panic.
pub struct Call {
    parameters: HashMap<String, Value>,
    inputs: Vec<Vec<u8>>,
}

impl Call {
    /// Reads `parameters`, a JSON object.
    ///
    /// # Errors
    ///
    /// When it is none.
    pub fn new(parameters: &str, inputs: Vec<Vec<u8>>) -> Result<Self> {
        let parameters =
            serde_json::from_str(parameters).map_err(|error| data(format!("Bad parameters: {error}")))?;
        Ok(Self { parameters, inputs })
    }

    /// A parameter that is text; empty when it is not given.
    pub fn text(&self, name: &str) -> &str {
        self.parameters.get(name).and_then(Value::as_str).unwrap_or_default()
    }

    /// A parameter that is a whole number, if it is given.
    pub fn number(&self, name: &str) -> Option<u64> {
        self.parameters.get(name).and_then(Value::as_u64)
    }

    /// A number that must be given and fit.
    ///
    /// # Errors
    ///
    /// When it is missing or more than `maximum`; the text names it.
    pub fn bounded(&self, name: &str, maximum: u64) -> Result<usize> {
        match self.number(name) {
            Some(number) if number <= maximum => Ok(number as usize),
            Some(number) => Err(unsupported(format!("{name} is {number}: at most {maximum} is supported"))),
            None => Err(data(format!("{name} is missing"))),
        }
    }

    /// Whether a parameter is given and true.
    pub fn flag(&self, name: &str) -> bool {
        self.parameters.get(name).and_then(Value::as_bool).unwrap_or_default()
    }

    /// The hash a parameter names.
    ///
    /// # Errors
    ///
    /// When there is none of that name.
    pub fn hash(&self, name: &str) -> Result<Hash> {
        Hash::from_name(self.text(name))
    }

    /// Bytes by their position; empty when they are not given.
    pub fn bytes(&self, position: usize) -> &[u8] {
        self.inputs.get(position).map(Vec::as_slice).unwrap_or_default()
    }

    /// A number in big-endian bytes.
    pub fn integer(&self, position: usize) -> BigUint {
        BigUint::from_bytes_be(self.bytes(position))
    }

    /// How many byte strings were given.
    pub fn input_count(&self) -> usize {
        self.inputs.len()
    }
}

/// What an operation answers.
#[derive(Debug, Default)]
pub struct Answer {
    /// JSON text; empty where there is nothing to say.
    pub description: String,
    /// The results.
    pub outputs: Vec<Vec<u8>>,
}

impl Answer {
    /// One byte string.
    pub fn one(bytes: Vec<u8>) -> Self {
        Self { description: String::new(), outputs: vec![bytes] }
    }

    /// Several byte strings.
    pub fn many(outputs: Vec<Vec<u8>>) -> Self {
        Self { description: String::new(), outputs }
    }

    /// `true` or `false`.
    pub fn verdict(is_valid: bool) -> Self {
        Self { description: is_valid.to_string(), outputs: Vec::new() }
    }
}
