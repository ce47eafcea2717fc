"use strict";

SwaggerUIBundle({
  url: "/api/openapi.json",
  dom_id: "#swagger-ui",
  deepLinking: true,
  // The badge would ask a server on the internet.
  validatorUrl: null,
});
