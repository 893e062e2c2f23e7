"""Typed configuration: read once at start, refused with file and line when it is wrong."""

from dispatch.settings.cities import DistrictPeople
from dispatch.settings.configuration import Configuration, load, load_settings
from dispatch.settings.files import config_dir, config_file, config_files, user_folder
from dispatch.settings.incident_words import IncidentWords, Word, load_incident_words
from dispatch.settings.map import District, MapData, load_map
from dispatch.settings.model import LinkEndpoint, Settings, Tls, settings_schema
from dispatch.settings.roles import load_rights

__all__ = [
    "Configuration",
    "District",
    "DistrictPeople",
    "IncidentWords",
    "LinkEndpoint",
    "MapData",
    "Settings",
    "Tls",
    "Word",
    "config_dir",
    "config_file",
    "config_files",
    "load",
    "load_incident_words",
    "load_map",
    "load_rights",
    "load_settings",
    "settings_schema",
    "user_folder",
]
