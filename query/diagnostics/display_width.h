// DisplayWidth: how many columns of a terminal a sign takes.

#pragma once

namespace sightline::query {

// 0 for combining marks and zero-width signs, 2 for East Asian wide and full-width signs and emoji,
// else 1. Control characters count 1: whoever prints them has to replace them first.
int DisplayWidth(char32_t code_point);

}  // namespace sightline::query
