using System.Globalization;
using System.Text.Json;
using Npgsql;
using NpgsqlTypes;
using Siamese.Pipelines.Retrieval;

namespace Siamese.Galleries.Postgres;

/// <summary>What a filter says, in SQL.</summary>
internal static class FilterCondition
{
    /// <summary>Tells whether no item can pass.</summary>
    public static bool IsNever(GalleryFilter? filter) =>
        filter is not null
        && ((filter.Labels is { } labels && !labels.Any(PostgresText.IsText))
            || filter.Metadata.Any(wanted => !PostgresText.IsText(wanted.Key) || !PostgresText.IsText(wanted.Value)));

    /// <summary>Gives the condition on the columns of an item, empty for none, and adds its parameters.</summary>
    public static string Of(GalleryFilter? filter, NpgsqlParameterCollection parameters)
    {
        List<string> conditions = [];
        if (filter?.Labels is { } labels)
        {
            parameters.Add(new NpgsqlParameter<string[]> { TypedValue = [.. labels.Where(PostgresText.IsText)] });
            conditions.Add(string.Create(CultureInfo.InvariantCulture, $"label = ANY(${parameters.Count}::text[])"));
        }

        if (filter is { Metadata.Count: > 0 })
        {
            parameters.Add(new NpgsqlParameter<string> { TypedValue = JsonSerializer.Serialize(filter.Metadata), NpgsqlDbType = NpgsqlDbType.Jsonb });
            conditions.Add(string.Create(CultureInfo.InvariantCulture, $"metadata @> ${parameters.Count}::jsonb"));
        }

        return string.Join(" AND ", conditions);
    }
}
