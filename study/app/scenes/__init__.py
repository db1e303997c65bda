"""What the dashboard draws, as plain values or HTML: intervals of KPIs, maps, tables, the timeline."""
