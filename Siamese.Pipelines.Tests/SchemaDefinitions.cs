using Microsoft.ML.Data;

namespace Siamese.Pipelines.Tests;

internal static class SchemaDefinitions
{
    /// <summary>Says how many components the column Embedding has.</summary>
    public static SchemaDefinition WithLength(this SchemaDefinition schema, int dimension)
    {
        schema["Embedding"].ColumnType = new VectorDataViewType(NumberDataViewType.Single, dimension);
        return schema;
    }
}
