//! lineup-aws
