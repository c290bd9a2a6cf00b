"use strict";

const place = document.getElementById("swagger-ui");
const csrf = document.cookie.match(/(?:^|; )csrftoken=([^;]*)/);

SwaggerUIBundle({
  url: place.dataset.schema,
  domNode: place,
  deepLinking: true,
  persistAuthorization: false,
  requestInterceptor: (request) => {
    if (csrf) {
      request.headers["X-CSRFToken"] = decodeURIComponent(csrf[1]);
    }
    return request;
  },
});
