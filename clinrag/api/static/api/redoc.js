"use strict";

const place = document.getElementById("redoc");
// The search runs in a worker made from a blob, which the policy does not allow.
Redoc.init(place.dataset.schema, { disableSearch: true }, place);
