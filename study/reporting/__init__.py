"""What to take away: report, workbook, GeoPackage, PDF, animation."""
