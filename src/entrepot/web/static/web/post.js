// A form that leads on by itself: the message of a launch. Without scripts its button does the same.
"use strict";
document.addEventListener("DOMContentLoaded", () => document.querySelector("form.onward").submit());
