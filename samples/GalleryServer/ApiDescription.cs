using Microsoft.AspNetCore.OpenApi;
using Microsoft.OpenApi;

namespace Siamese.Samples.GalleryServer;

/// <summary>Says in the OpenAPI document what the server is, and which routes ask for the key.</summary>
internal sealed class ApiDescription : IOpenApiDocumentTransformer
{
    private const string Scheme = "key";

    public Task TransformAsync(OpenApiDocument document, OpenApiDocumentTransformerContext context, CancellationToken cancellationToken)
    {
        document.Info = new OpenApiInfo
        {
            Title = "Gallery of faces",
            Version = "1",
            Description = "Finds the faces of a photograph, says who is nearest, and enrols who is new. Problems carry a remedy.",
        };
        HashSet<string> locked =
        [
            .. context.DescriptionGroups.SelectMany(group => group.Items)
                .Where(item => item.ActionDescriptor.EndpointMetadata.OfType<KeyRequired>().Any())
                .Select(item => item.ActionDescriptor.EndpointMetadata.OfType<IEndpointNameMetadata>().Last().EndpointName),
        ];
        if (locked.Count > 0)
        {
            document.AddComponent<IOpenApiSecurityScheme>(
                Scheme, new OpenApiSecurityScheme { Type = SecuritySchemeType.ApiKey, In = ParameterLocation.Header, Name = KeyFilter.Header });
            IEnumerable<OpenApiOperation> operations = document.Paths.Values.SelectMany(path => path.Operations?.Values.AsEnumerable() ?? []);
            foreach (OpenApiOperation operation in operations.Where(operation => locked.Contains(operation.OperationId ?? string.Empty)))
            {
                operation.Security = [new OpenApiSecurityRequirement { [new OpenApiSecuritySchemeReference(Scheme, document)] = [] }];
            }
        }

        return Task.CompletedTask;
    }
}
