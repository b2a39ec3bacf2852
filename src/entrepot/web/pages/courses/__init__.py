"""The pages of courses: of sellers, of learners, of the built-in course tool, and of badges."""

from __future__ import annotations

from django.urls import URLPattern, path

from entrepot.web.pages.courses import badge, editor, launch, learner, pages, tools

urlpatterns: list[URLPattern] = [
    path("courses/", editor.list_courses),
    path("courses/tools/", tools.list_tools),
    path("courses/tools/<str:number>/", tools.show),
    path("courses/<str:number>/", editor.edit),
    path("courses/<str:number>/choose/", launch.choose),
    path("services/<str:number>/course/", learner.show),
    path("services/<str:number>/course/open/", launch.open_course),
    path("services/<str:number>/course/statements/", learner.statements),
    path("learn/<str:number>/", pages.contents),
    path("learn/<str:number>/quiz/", pages.quiz),
    path("learn/<str:number>/<int:page>/", pages.page),
    path("badges/<str:number>/", badge.show),
]

#: Addresses without a language, to which browsers are sent by the platform and by tools.
without_language: list[URLPattern] = [
    path("lti/authorize", launch.authorize),
    path("lti/deep-links", launch.accept_content),
    path("courses/login", launch.login_of_pages),
    path("courses/launch", launch.launch_of_pages),
]
